"""The shipped scenarios of Wuhan, estimated once."""

from __future__ import annotations

from pathlib import Path

import pytest

from h2plan.estimating import Estimate, estimate
from h2plan.project import load

ROOT = Path(__file__).resolve().parents[2]


def of(name: str) -> Estimate:
    return estimate(load(ROOT / "scenarios" / f"{name}.yaml"))


@pytest.fixture(scope="session")
def phased() -> Estimate:
    return of("wuhan-phased")


@pytest.fixture(scope="session")
def one_year() -> Estimate:
    return of("wuhan-2030")
