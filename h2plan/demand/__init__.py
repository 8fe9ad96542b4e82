"""Who wants hydrogen: one source of demand a file, each with `Options` and `read`."""
