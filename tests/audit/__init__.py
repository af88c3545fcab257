"""Tests of Activity and of support visits."""
