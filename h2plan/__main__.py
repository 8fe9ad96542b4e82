"""`python -m h2plan` is the command line."""

from h2plan.cli import main

if __name__ == "__main__":
    main()
