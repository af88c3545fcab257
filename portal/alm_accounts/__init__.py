"""ALM accounts: drafts, lifecycle, field maps, and what ends when a person or tenant goes."""
