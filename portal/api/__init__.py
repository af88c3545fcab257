"""JSON for programs: an entrance beside the pages, with a key instead of a sign-in."""
