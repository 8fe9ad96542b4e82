"""The re-check finds flows and the fleet anew for each way of making them."""

from __future__ import annotations

from pathlib import Path

from h2plan.plan.verify import verify
from tests.plan.tiny_project import FILES, SCENARIO, SCENARIO_FILE, write_results

TWO_CITIES = FILES["data/gateways.csv"] + "north,北方市,Northern city,114.0,32.0,1000,3000000,A;F,made up,no\n"
FAR = FILES["data/gateways.csv"].replace("west,西方市", "far,远方市").replace("112.0", "110.0")
TWO_HUBS = FILES["data/activity.csv"] + "hub-b,logistics_hubs,1,made up,no\n"
LAST_SHARE = "    hub_port_share: 0.2\n"
TARGET = "targets: {fcev: {2030: 100}}"
ADOPTION = "adoption: {curve: logistic, saturation: 1000, midpoint_yr: 2033, rate_per_yr: 0.5, source: made up}"


def checks(folder: Path, *, scenario: str, **tables: str) -> dict[str, bool]:
    changes = {SCENARIO_FILE: scenario, **{f"data/{name}.csv": text for name, text in tables.items()}}
    return {check.family: check.passed for check in verify(write_results(folder, changes=changes)).checks}


def test_doubly_constrained_flows_and_far_cities_are_found_anew(tmp_path: Path) -> None:
    text = SCENARIO.replace(LAST_SHARE, f"{LAST_SHARE}    balance: both\n    far_gateways: data/far.csv\n")
    found = checks(tmp_path, scenario=text, gateways=TWO_CITIES, activity=TWO_HUBS, far=FAR)
    assert found["demand_follows_tables"]
    assert found["vehicles_conserved"]


def test_the_fleet_of_an_adoption_curve_and_its_ramp_are_found_anew(tmp_path: Path) -> None:
    """100 vehicles stand in 2030 exactly, running at half of their later activity."""
    text = SCENARIO.replace(TARGET, f"targets: {{fcev: {{2028: 50, 2032: 300}}}}\n{ADOPTION}")
    text = text.replace("  source: made up\ntargets", "  ramp: {2028: 0.25, 2032: 0.75}\n  source: made up\ntargets")
    found = checks(tmp_path, scenario=text)
    assert found["demand_follows_tables"]
    assert found["vehicles_conserved"]


def test_a_mix_between_two_years_is_found_anew(tmp_path: Path) -> None:
    head, *rows = FILES["data/fleet_mix.csv"].splitlines()
    shares = {"2028": ("0.5", "0.1", "0.2", "0.2"), "2032": ("0.3", "0.3", "0.2", "0.2")}
    dated = [
        f"{year}-{cells[0]},{cells[1]},{cells[2]},{share},made up,no,{year}"
        for year, values in shares.items()
        for cells, share in zip((row.split(",") for row in rows), values, strict=True)
    ]
    found = checks(tmp_path, scenario=SCENARIO, fleet_mix="\n".join([f"{head},period", *dated, ""]))
    assert found["demand_follows_tables"]
