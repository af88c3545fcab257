"""Boards: which Jira boards a tenant keeps, and reading one live with the identity of who looks."""
