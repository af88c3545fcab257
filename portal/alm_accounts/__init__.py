"""ALM accounts: drafts, set-up, keys, tests, field maps, and what ends when they go."""
