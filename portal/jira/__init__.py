"""The wire to Jira: guarded HTTP, OAuth 1.0a signing, and what came back, by name. No product rules."""
