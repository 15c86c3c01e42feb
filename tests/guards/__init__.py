"""Lets a test run empty its own database: the ledger's guards come down for the flush.

A test that commits is followed by Django's `flush`, which the ledger's triggers refuse, as they
should. This command stands before Django's and belongs to the tests only.
"""
