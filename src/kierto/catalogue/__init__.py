"""What circulates: kinds of things, recipes that turn one into another, factors and transport."""
