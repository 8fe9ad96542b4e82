"""How long `h2plan --help` takes, against a Python that does nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from statistics import median

RUNS = 7
HELP = (sys.executable, "-m", "h2plan", "--help")
NOTHING = (sys.executable, "-c", "pass")


def measure_start_s(command: Sequence[str], *, runs: int = RUNS) -> float:
    """Measure the median wall time of a command in seconds, after one run that warms the disk cache.

    Raises subprocess.CalledProcessError when the command fails.
    """
    seconds = []
    for _ in range(runs + 1):
        start_s = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - start_s)
    return median(seconds[1:])


def main() -> None:
    """Print both medians and their ratio."""
    help_s, nothing_s = measure_start_s(HELP), measure_start_s(NOTHING)
    print(f"h2plan --help {help_s:.3f} s, python -c pass {nothing_s:.3f} s, ratio {help_s / nothing_s:.1f}")


if __name__ == "__main__":
    main()
