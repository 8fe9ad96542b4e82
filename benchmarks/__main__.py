"""Benchmarks: `python -m benchmarks` prints all tables; each module runs alone, too."""

from __future__ import annotations

from benchmarks import cli_start, pipeline


def main() -> None:
    """Print every table."""
    cli_start.main()
    print()
    pipeline.main([])


if __name__ == "__main__":
    main()
