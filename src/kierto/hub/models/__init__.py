"""What the hub keeps: entities and their history, who listens, who else knows, who may read."""
