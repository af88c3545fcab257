"""What is wrong with a connection, how we know, who can mend it and how (mission rows A12, C7, E5)."""
