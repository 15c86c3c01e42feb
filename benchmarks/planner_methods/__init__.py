"""What the planner is measured against, and what it is measured on.

`instance` is one instance as plain columns, `families` makes them, and every other module named
in `METHODS` is a program that reads the columns, builds its own model of them, solves it, and
prints its times: `python -m planner_methods.NAME instance.npz '{"option": 1}'`. A peer's program
imports numpy and the peer, nothing of Kierto, so it runs in an environment of its own.
"""
