"""What several embedders and tasks do with a model in a file: images made ready for it, batches, devices."""
