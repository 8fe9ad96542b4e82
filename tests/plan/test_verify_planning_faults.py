"""A fault in a step of planning cannot hide: the re-check does not share that step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from h2plan import measuring, prepare, screen
from h2plan.demand import _fleet, districts, highways
from h2plan.framing import DemandRowIn
from h2plan.geo.layers import signed_distances_m
from h2plan.plan import assess_year
from h2plan.plan.verify import verify
from h2plan.sites import _gather, _merge
from tests.plan.tiny_project import write_results


def _one_way(**fields: Any) -> DemandRowIn:
    return DemandRowIn(**{**fields, "visits_are_round_trips": False})


def _all_outside(*layer: Any) -> Any:
    return np.abs(signed_distances_m(*layer)) + 1.0


def _never_merged(sites: Sequence[Any], *_: Any) -> _merge.Merged:
    return _merge.Merged(sites=tuple(sorted(sites, key=lambda site: site.id)), into={}, notes=())


def _mostly_buses(total: float, mix: Sequence[Any], *, period: int) -> Mapping[tuple[str, str], int]:
    counts = dict.fromkeys(((row.use, row.vehicle_class) for row in mix), 10)
    return {**counts, ("districts", "bus"): round(total) - 10 * (len(counts) - 1)}


def _equal_people(rows: Sequence[Any], *, where: str) -> Mapping[str, float]:
    return {row.id: 1.0 for row in rows}


def _equal_flows(group: Any, km: Any, rule: Any) -> tuple[Mapping[tuple[str, str], float], str]:
    return {(start.id, end.id): 1 / 3 for start in group.origins for end in group.destinations}, ""


def _whole_capital(size: Any, rate: float) -> float:
    return float(size.capex_cny + size.opex_cny_per_yr)


def _open_to_all(*arguments: Any) -> frozenset[str]:
    return frozenset()


def _no_limit(*arguments: Any) -> float:
    return 0.0


FAULTS: dict[str, tuple[str, Any, str, Callable[..., Any]]] = {
    "drivers never drive back": ("figures_add_up", prepare, "DemandRowIn", _one_way),
    "capital is paid anew every year": ("figures_add_up", prepare, "annual_station_cost_cny", _whole_capital),
    "truck rules are forgotten": ("figures_add_up", measuring, "closed_to", _open_to_all),
    "mean minutes are forgotten": ("figures_add_up", assess_year, "_mean_min", _no_limit),
    "barred areas are forgotten": ("sites_real", screen, "signed_distances_m", _all_outside),
    "one place in two tables is two sites": ("sites_real", _gather, "merge", _never_merged),
    "the fleet is split wrongly": ("demand_follows_tables", _fleet, "split", _mostly_buses),
    "all districts are equally large": ("demand_follows_tables", districts, "population_once", _equal_people),
    "all flows are equally large": ("demand_follows_tables", highways, "share_out", _equal_flows),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_planning_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str) -> None:
    family, module, name, faulty = FAULTS[fault]
    monkeypatch.setattr(module, name, faulty)
    results = write_results(tmp_path)
    monkeypatch.undo()
    assert family in {check.family for check in verify(results).failed}
