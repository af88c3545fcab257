"""What each row does: one module for each part of the way from here to a mapped field."""
