"""HTML pages: one folder per word of the product, none imports another."""
