"""Products that stand on their own, beside those of a plan: the demand of a scenario for its analyst."""
