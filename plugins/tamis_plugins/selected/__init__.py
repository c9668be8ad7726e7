"""What is known of the selected samples."""
