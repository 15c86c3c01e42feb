"""What happened, written once: resources, promises and events in an append-only hash chain."""
