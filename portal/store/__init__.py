"""Storage: engine, tables, sealed columns, and ``Work``, the one way to a database session."""
