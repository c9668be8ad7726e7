"""What several strategies make large, or hold a selection against: sums of weights, shares of classes."""
