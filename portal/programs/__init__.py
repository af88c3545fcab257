"""Programs: the keys by which they enter, and what a key may do."""
