"""Tests of the house itself: settings, start, store, walls, audit, figures."""
