"""The guide that a link shows to somebody without an account here."""
