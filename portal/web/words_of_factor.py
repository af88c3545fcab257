"""What is said of recovery codes, wherever one was used."""


def codes_left(left: int) -> str:
    """How many there are after one was used."""
    if left == 0:
        return (
            "That was your last recovery code. Make new ones under Profile, Second factor: without them a "
            "lost phone locks you out."
        )
    codes = "1 recovery code is" if left == 1 else f"{left} recovery codes are"
    return f"You used a recovery code, and it works no longer. {codes} left."
