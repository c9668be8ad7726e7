"""The labels of the selected samples: what the writers of label formats share."""
