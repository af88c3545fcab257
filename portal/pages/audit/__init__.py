"""Activity: a tenant's own audit, for its admins."""
