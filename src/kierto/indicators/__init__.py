"""Sums over the ledger, each with its formula, its factors and the events behind it."""
