"""One module for each kind of file that the door in `h2plan.tables.open` can read; none opens another file."""
