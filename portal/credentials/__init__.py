"""Credentials: the Authlib registry, flows through consent pages, acting as a person, the problems."""
