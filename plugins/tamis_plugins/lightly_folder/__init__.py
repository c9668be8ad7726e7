"""What a `.lightly` folder holds, file by file: prediction tasks, predictions, custom metadata, tags."""
