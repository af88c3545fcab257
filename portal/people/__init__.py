"""Who people are: users and their sign-ins, tenants, memberships, invitations. Knows nothing of pages."""
