"""Plan runs: freeze the district's state, run the planner, keep plan and certificate."""
