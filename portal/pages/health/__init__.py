"""Two addresses for whoever watches the process."""
