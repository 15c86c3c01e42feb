"""Data sets as files and as a catalogue that data portals harvest.

What others call: ``rows.columns(data_set)`` and ``rows.rows(data_set, limit)``.
"""
