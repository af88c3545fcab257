"""What ``python -m bench.programs`` is made of."""
