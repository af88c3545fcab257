"""What the operator does: one module per matter, whose ``COMMANDS`` the group in ``cli.py`` adds."""
