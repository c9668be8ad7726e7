"""What several scorers make of the objects of a sample."""
