"""Who takes part: people, organisations, their roles and places, and what they agreed to."""
