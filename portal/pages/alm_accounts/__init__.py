"""ALM accounts: home, set-up, keys, fields, settings."""
