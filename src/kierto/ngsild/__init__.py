"""NGSI-LD (ETSI GS CIM 009, version 1.9.1) without a database and without the web.

Contexts say what a term means, entities are read into one expanded document and written in every
representation, patches change a document without touching the old one, queries decide whether a
document matches. The hub stores and serves; everything the specification says about meaning stands
here, as plain functions over dicts:

- :mod:`~kierto.ngsild.contexts`: terms to IRIs and back (``parse_context``, ``CORE``);
- :mod:`~kierto.ngsild.entities`: payload to document (``read_entity``, ``read_fragment``);
- :mod:`~kierto.ngsild.representations`, :mod:`~kierto.ngsild.geojson`: document to payload;
- :mod:`~kierto.ngsild.patches`: append, update, merge, replace, delete;
- :mod:`~kierto.ngsild.errors`: what a client is told when something is refused.
"""
