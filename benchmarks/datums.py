"""How long a million points take from WGS 84 to the datums of Chinese map services and back, and how exact that is."""

from __future__ import annotations

import time

import numpy as np

from h2plan.datums import from_wgs84, to_wgs84

POINTS = 1_000_000
DEGREE_M = 111_320.0


def main() -> None:
    """Print CPU seconds each way and the largest distance from where a point began."""
    rng = np.random.default_rng(0)
    lon, lat = rng.uniform(73.5, 135.0, POINTS), rng.uniform(18.0, 53.5, POINTS)
    for crs in ("gcj02", "bd09"):
        begun = time.process_time()
        there = from_wgs84(lon, lat, crs)
        turned = time.process_time()
        x, y = to_wgs84(*there, crs)
        ended = time.process_time()
        away_m = np.hypot((x - lon) * DEGREE_M * np.cos(np.radians(lat)), (y - lat) * DEGREE_M).max()
        print(f"{crs}: there {turned - begun:.2f} s, back {ended - turned:.2f} s, round trip within {away_m:.1e} m")


if __name__ == "__main__":
    main()
