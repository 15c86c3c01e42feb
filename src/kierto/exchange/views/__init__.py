"""Pages of the exchange: parse, call one action or query, render."""
