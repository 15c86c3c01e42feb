"""The planner's own engine for large problems: a multilevel network simplex with side columns.

Imported only when it is chosen, for it loads numba.
"""
