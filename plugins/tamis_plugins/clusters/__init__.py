"""What executors on clusters share."""
