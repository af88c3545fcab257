"""The checklist of an ALM account."""
