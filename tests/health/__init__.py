"""Tests of the addresses for whoever watches the process."""
