"""Program keys: their texts, their pages, and the lines by which tools report."""
