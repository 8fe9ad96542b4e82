"""An exact branch-and-cut over one hot-started linear program, for location models that are too large as they stand."""
