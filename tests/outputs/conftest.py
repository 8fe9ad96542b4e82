"""Plans for the tests of the output modules."""

from __future__ import annotations

import pytest

from h2plan.plan.results import Backdrop, Plan
from tests.outputs.sample import sample_backdrop, sample_plan


@pytest.fixture(scope="session")
def plan() -> Plan:
    return sample_plan()


@pytest.fixture(scope="session")
def backdrop() -> Backdrop:
    return sample_backdrop()
