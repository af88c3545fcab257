"""Coming in: the start page, sign-in and sign-out, invitation and reset links."""
