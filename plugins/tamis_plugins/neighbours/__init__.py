"""Distances between vectors: the nearest selected neighbour of each, kept up to date, and searches for k neighbours."""
