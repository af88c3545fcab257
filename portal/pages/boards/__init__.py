"""Pages of boards: the list, adding and removing one, and the board itself."""
