"""Forms of the hub's pages."""
