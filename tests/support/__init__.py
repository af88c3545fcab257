"""What the tests share: databases, a portal on a socket, people, a practice Jira."""
