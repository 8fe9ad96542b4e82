"""A fleet under contract reaches the station of its contract and no other, on the roads of the tiny city."""

from __future__ import annotations

from pathlib import Path

from h2plan.plan.assess import _signed
from h2plan.plan.assess_year import _demand_rows
from h2plan.prepare import prepare
from h2plan.project import Project, load
from tests.plan.tiny_project import SCENARIO, SCENARIO_FILE, write_project

DISTRICTS = "  - {use: districts, file: data/districts.csv, crs: wgs84}\n"
FLEET = "  source: made up\ntargets"
OPERATORS = """\
depot_id,operator,depot,vehicle_class,period,vehicles,status,station_id,lon,lat,precision_m,source,verified
dep-1,公交集团,一场,bus,2026,10,signed,%s,114.4,30.6,50,contract,yes
"""


def project_of(folder: Path, operators: str) -> Project:
    text = SCENARIO.replace(DISTRICTS, f"{DISTRICTS}  - {{use: depots, crs: wgs84}}\n")
    text = text.replace(FLEET, f"  operators: data/operators.csv\n{FLEET}")
    return load(write_project(folder, changes={SCENARIO_FILE: text, "data/operators.csv": operators}))


def reach_of_depot(folder: Path, station: str) -> dict[str, float]:
    """Minutes from the depot at B to each site in its reach."""
    prepared = prepare(project_of(folder, OPERATORS % station))
    return {site: minutes for (name, site), (minutes, _) in prepared.travel.items() if name == "depots:dep-1:bus"}


def test_a_free_fleet_may_fill_wherever_it_reaches_within_the_radius(tmp_path: Path) -> None:
    found = reach_of_depot(tmp_path, "")
    assert "h2-b" in found
    assert max(found.values()) <= 12


def test_a_captive_fleet_fills_at_its_station_even_beyond_the_radius(tmp_path: Path) -> None:
    """The port stands 30 km from the depot at B, beyond the 12 minutes that others may drive."""
    found = reach_of_depot(tmp_path, "port-e")
    assert set(found) == {"port-e"}
    assert found["port-e"] > 12


def test_a_plan_says_what_it_is_worth_on_signed_demand_and_what_it_cannot_say(tmp_path: Path) -> None:
    homeless = "dep-2,无址公司,未知,bus,2026,2,signed,,,,,contract,yes\n"
    prepared = prepare(project_of(tmp_path, OPERATORS % "" + homeless))
    known, unknown = _signed(prepared, _demand_rows(prepared, ()))
    assert known.startswith("signed demand alone: ")
    assert known.endswith("of which 0 kg/d are served")  # no station stands yet
    each = prepared.fleet.kg_per_vehicle_d("bus", prepared.period).base
    assert unknown.startswith(f"signed demand without a known depot: {2 * each:,.0f} kg/d;")
