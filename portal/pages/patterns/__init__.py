"""Every part a page is made of, on one page, for those who build pages."""
