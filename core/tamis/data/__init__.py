"""What flows through a run: names, kinds, columns, vectors, predictions, tables, failures. The ground of the house."""
