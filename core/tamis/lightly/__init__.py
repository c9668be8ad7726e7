"""What a `.lightly` folder holds: prediction tasks, predictions, custom metadata."""
