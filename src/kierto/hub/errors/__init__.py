"""What the hub refuses on pages; its programs' interface has the errors of NGSI-LD."""
