"""Benchmarks: ratios measured side by side in one run. Absolute times of one machine say little."""
