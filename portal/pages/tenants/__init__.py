"""The people of a tenant: list, invitations, roles, leaving."""
