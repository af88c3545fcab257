"""Connecting: consent flows with all their ends, and a person's own ALM credentials."""
