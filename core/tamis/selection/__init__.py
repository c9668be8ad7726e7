"""From the columns of inputs to a selection, and the reasons for it."""
