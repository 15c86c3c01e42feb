"""Where entities are kept, on SQLite or PostgreSQL.

- :mod:`~kierto.hub.store.writing`: changes of entities, many callers' in one durable commit;
- :mod:`~kierto.hub.store.reading`: entities by id and by query, types and attributes;
- :mod:`~kierto.hub.store.tenants`: who is apart from whom.

SQL narrows, :class:`kierto.ngsild.matching.Query` decides.
"""
