"""Pages of the ledger explorer."""
