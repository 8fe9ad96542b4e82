"""Where stations may stand: one source of sites a file, each with `Options` and `collect`."""
