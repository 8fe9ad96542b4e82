"""What a plan is written as: one product a file, each with `Options` and `write(plan, backdrop, folder, options)`."""
