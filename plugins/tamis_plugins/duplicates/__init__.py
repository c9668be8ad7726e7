"""Which samples repeat others: equal ones, hashes a few bits apart, vectors close to each other.

Of samples in an order of preference, the first is kept, and takes all that are within a distance of it; then the first
of the rest, and so on. So every sample is within the distance of the kept one that it is ascribed to, and no two that
are kept are within the distance of each other. There are no chains of neighbours with strangers at their ends.
"""
