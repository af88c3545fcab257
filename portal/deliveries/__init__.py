"""What programs report to a Jira Cloud: builds, deployments, feature flags, development information."""
