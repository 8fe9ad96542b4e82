"""The made-up city with taxis that need 70 MPa, and a table of what its station sizes are equipped with."""

from __future__ import annotations

from collections.abc import Mapping

from tests.plan.phased_project import YEARS, phased
from tests.plan.tiny_project import FILES, SCENARIO, SCENARIO_FILE

EQUIPMENT = "data/station_equipment.csv"
TABLE = """\
size_id,fit_70_capex_cny,fit_70_opex_cny_per_yr,source,verified,assumptions
S300,1000000,80000,made up,no,made up
S500,2000000,160000,made up,no,made up
"""
TAXIS = {
    "data/vehicle_classes.csv": FILES["data/vehicle_classes.csv"]
    + "taxi,出租车,Taxi,no,2,5,10,12,90,100,120,300,4,70,made up,no\n",
    "data/fleet_mix.csv": FILES["data/fleet_mix.csv"].replace("districts,0.4", "districts,0.1")
    + "5,taxi,districts,0.3,made up,no\n",
    EQUIPMENT: TABLE,
}
"""Three quarters of the vehicles of the districts are taxis."""


def equipped(scenario: str = SCENARIO, *, table: str = TABLE) -> dict[str, str]:
    """Return the files of the city with taxis and equipment."""
    named = scenario.replace("station_sizes:", f"station_equipment: {EQUIPMENT}\nstation_sizes:")
    return {**TAXIS, EQUIPMENT: table, SCENARIO_FILE: named}


def equipped_years(scenario: str | None = None) -> dict[str, str]:
    """Return the same planned for 2026, 2028 and 2030."""
    return equipped(phased() if scenario is None else scenario)


def with_built(files: Mapping[str, str], said: str) -> dict[str, str]:
    """Return the files with what the station that stands says of 70 MPa."""
    head, *rows = FILES["data/hydrogen_stations.csv"].splitlines()
    told = [f"{row},{said if row.startswith('h2-b') else ''}" for row in rows]
    return {**files, "data/hydrogen_stations.csv": "\n".join([f"{head},built_70_mpa", *told]) + "\n"}


RICH = YEARS.replace("7000000, 2027: 2500000", "12000000, 2027: 3500000")
"""Money for two stations in 2026, for 70 MPa at one of them in 2028, and for a larger one in 2030."""


def fitted_later() -> dict[str, str]:
    """Return the files of a plan in which a station is fitted two years after it opens and grows two years later."""
    return equipped(phased(years=RICH).replace("objective: cost", "objective: coverage"))


HOURS = "data/hour_profiles.csv"
PEAKS = (
    TABLE.replace("size_id,", "size_id,dispensers,peak_kg_per_h,")
    .replace("S300,", "S300,1,12,")
    .replace("S500,", "S500,2,18,")
)
"""A station of 300 kg/d gives 12 kg/h in its busiest hour, one of 500 kg/d 18."""


def _profile(name: str, peak: float) -> str:
    rest = (1 - peak) / 23
    return "".join(f"{name},{hour},{peak if hour == 8 else rest!r},made up,no\n" for hour in range(24))


PROFILES = "profile,hour,share,source,verified\n" + _profile("depot", 0.1) + _profile("road", 0.05)
CLASSES = "".join(
    f"{line},{profile}\n"
    for line, profile in zip(
        TAXIS["data/vehicle_classes.csv"].splitlines(), ("profile", "depot", "road", ""), strict=True
    )
)
"""Buses take a tenth of the day in their busiest hour, tractors a twentieth, taxis a 24th."""


def hourly(files: Mapping[str, str] | None = None, *, table: str = PEAKS) -> dict[str, str]:
    """Return the files of the city with the busiest hour as a limit."""
    given = equipped() if files is None else files
    scenario = given[SCENARIO_FILE]
    for old, new in (
        ("  utilisation_max: 0.75\n", "  utilisation_max: 0.75\n  peak_hour: true\n"),
        ("  mix: data/fleet_mix.csv\n", f"  mix: data/fleet_mix.csv\n  profiles: {HOURS}\n"),
    ):
        assert old in scenario, old
        scenario = scenario.replace(old, new)
    hours = {EQUIPMENT: table, HOURS: PROFILES, "data/vehicle_classes.csv": CLASSES}
    return {**given, **hours, SCENARIO_FILE: scenario}
