"""Repair: tickets of workshops, repair cafés, and the open data of repairs."""
