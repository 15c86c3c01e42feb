"""The demonstration district: Kera in Espoo as an illustration, loaded as users would load it."""
