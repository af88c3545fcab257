"""Pages of deliveries: what programs reported, its way to Jira, and sending it again."""
