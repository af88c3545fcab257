"""The programs of a tenant: their keys, and the lines by which tools report."""
