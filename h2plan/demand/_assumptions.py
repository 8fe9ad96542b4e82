"""Every number behind the demand of a scenario that no published source confirms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from h2plan.demand._fleet import Fleet
from h2plan.domain import Assumption, Demand
from h2plan.project import Project
from h2plan.tables.read import read_table
from h2plan.tables.rows import FleetShareRow

UNVERIFIED = "h2plan assumption, unverified"
SWITCHES = ("seat_share", "decay", "base_share", "through_fill_share", "efficiency_ratio", "hydrogen_share")
"""Options of sources that are numbers of our own; told with the source that uses them."""


def collect(project: Project, fleet: Fleet, demand: Demand) -> tuple[Assumption, ...]:
    """Return the assumptions behind demand: of the scenario, of the vehicles, of the tables, of its rows."""
    return (
        *of_scenario(project, fleet),
        *of_vehicles(project, fleet, {row.vehicle_class for row in demand.rows}),
        *_of_mix(project),
        *of_profiles(fleet),
        *_of_sources(project),
        *_of_rows(demand),
    )


def of_scenario(project: Project, fleet: Fleet) -> Iterator[Assumption]:
    """Tell the active share, its ramp, targets and their drafts, the adoption curve and the sizing month."""
    section, scenario = project.scenario.fleet, project.scenario
    shares = f"{section.active_share_low:g} / {section.active_share_base:g} / {section.active_share_high:g}"
    yield Assumption(where="fleet.active_share", value=shares, note=section.source)
    if section.ramp:
        value = ", ".join(f"{year}: {share:g}" for year, share in sorted(section.ramp.items()))
        yield Assumption(where="fleet.ramp", value=value, note=UNVERIFIED)
    if scenario.targets.source:
        total = ", ".join(f"{year}: {value:g}" for year, value in sorted(scenario.targets.fcev.items()))
        yield Assumption(where="targets.fcev", value=total, note=scenario.targets.source)
    for year in scenario.targets.draft:
        value = f"{scenario.targets.fcev.get(year, 0):g} in {year}"
        yield Assumption(where="targets.draft", value=value, note="a draft target (征求意见稿), not adopted")
    yield from _of_adoption(project, fleet)
    if section.sizing_month != "mean":
        value = ", ".join(f"{year}: month {month}" for year, month in fleet.sizing_month.items())
        yield Assumption(where="fleet.sizing_month", value=f"{section.sizing_month} ({value})", note=UNVERIFIED)


def _of_adoption(project: Project, fleet: Fleet) -> Iterator[Assumption]:
    section = project.scenario.adoption
    if section is None:
        return
    value = ", ".join(f"{figure.period}: {figure.vehicles:,}" for figure in fleet.adoption)
    yield Assumption(where=f"adoption ({section.curve})", value=value, note=section.source)


def of_vehicles(project: Project, fleet: Fleet, used: Iterable[str]) -> Iterator[Assumption]:
    """Tell each vehicle class in use whose figures are not all published."""
    table = project.scenario.fleet.vehicles
    for name in sorted(used):
        vehicle = fleet.classes[name]
        if vehicle.verified != "yes":
            each = vehicle.nominal_kg_per_d()
            value = f"{each.low:.3g} / {each.base:.3g} / {each.high:.3g} kg/d"
            yield Assumption(where=f"{table} {name}", value=value, note=vehicle.source)


def _of_mix(project: Project) -> Iterator[Assumption]:
    where = project.scenario.fleet.mix
    for row in read_table(project.path(where, where="fleet.mix"), FleetShareRow, root=project.root):
        if row.verified != "yes":
            yield Assumption(where=f"{where} {row.id}", value=f"{row.share:g}", note=row.source)


def of_profiles(fleet: Fleet) -> Iterator[Assumption]:
    """Tell each hour or month profile that is not published."""
    for profile, (source, verified) in sorted(fleet.profiles.sources.items()):
        if verified != "yes":
            yield Assumption(where=profile, value="profile", note=source)


def _of_sources(project: Project) -> Iterator[Assumption]:
    for entry in project.scenario.demand:
        for name, value in entry.options.items():
            if name in SWITCHES or name.endswith("_share") or name in ("beyond_target", "through_vehicles"):
                yield Assumption(where=f"demand {entry.use}.{name}", value=str(value), note=UNVERIFIED)


def _of_rows(demand: Demand) -> Iterator[Assumption]:
    """Tell how much demand rests on places or weights that are not verified, by source."""
    found: dict[str, list[int]] = {}
    for row in demand.rows:
        counts = found.setdefault(row.id.partition(":")[0], [0, 0])
        counts[0] += row.verified != "yes"
        counts[1] += 1
    for use, (unverified, rows) in sorted(found.items()):
        if unverified:
            note = "their places, weights or flows are not confirmed at the source"
            yield Assumption(where=f"demand {use}", value=f"{unverified} of {rows} rows", note=note)
