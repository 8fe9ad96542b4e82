"""The performance harness: how quickly h2plan starts, and how quickly and how well it plans."""
