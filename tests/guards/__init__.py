"""Lets a test run empty its own database, whose guards refuse that: see `tests/flushing.py`."""
