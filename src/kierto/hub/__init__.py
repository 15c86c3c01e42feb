"""The Urban Sharing Platform: what the district knows and senses, through the European standard."""
