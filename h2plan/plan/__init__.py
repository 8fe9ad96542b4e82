"""A siting plan: its figures, its files, and its independent re-check."""
