"""Pictures as numbers: where each band, line and bar goes. The templates only write them down."""
