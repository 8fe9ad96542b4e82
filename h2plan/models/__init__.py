"""Formulations, one a file: `Options` and `build(problem, options)`, which returns a Pyomo model."""
