"""Operations of the NGSI-LD interface, one module for each kind of thing; each has ``ROUTES``."""
