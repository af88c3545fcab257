"""Storage: engine, tables, sealed columns, and the one way to a database session, :class:`~portal.store.work.Work`."""
