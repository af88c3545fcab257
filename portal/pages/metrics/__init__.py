"""Numbers for whoever watches the installation."""
