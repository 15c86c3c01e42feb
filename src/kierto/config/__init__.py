"""Settings, addresses and the command line: the top floor."""
