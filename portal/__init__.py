"""Almoner: the portal that holds the keys to organisations' Jira, and hands them out to those entitled."""

__version__ = "0.1.0"
