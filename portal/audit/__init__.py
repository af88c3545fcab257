"""The audit: a closed list of events, appended to a hash chain per tenant in the transaction they record."""
