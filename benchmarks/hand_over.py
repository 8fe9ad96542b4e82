"""What it costs to build a million rows as arrays and hand them to HiGHS.

Run: python -m benchmarks.hand_over [n]      (n × n rows x_ij ≤ y_j; 1,000 unless said otherwise)
"""

from __future__ import annotations

import sys
import time

import highspy  # noqa: F401  # loaded before the clock runs
import numpy as np
from scipy import sparse

from h2plan.solve.cuts.hot_lp import HotLp, Rows


def hand_over(n: int) -> float:
    """Return the CPU seconds from nothing to a program with n × n rows in HiGHS."""
    cpu = time.process_time()
    pairs = np.arange(n * n)
    at = (np.concatenate([pairs, pairs]), np.concatenate([n + pairs, pairs % n]))
    matrix = sparse.csr_array((np.repeat([1.0, -1.0], n * n), at), shape=(n * n, n + n * n))
    rows = Rows(matrix=matrix, lower=np.full(n * n, -np.inf), upper=np.zeros(n * n))
    wide = n + n * n
    HotLp(np.ones(wide), np.zeros(wide), upper=np.ones(wide), rows=rows, threads=1)
    return time.process_time() - cpu


def main() -> None:
    """Print the figure."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    print(f"{n * n:,} rows built and handed over in {hand_over(n):.2f} CPU s")


if __name__ == "__main__":
    main()
