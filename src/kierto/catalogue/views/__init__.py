"""Pages of the catalogue: kinds, recipes, factors, and the way in for files."""
