"""From the tables of supply to what a model needs: what sources sell in a year, and every way of delivery."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

import numpy as np

from h2plan.costs import annuity
from h2plan.delivering import CentreTerms, DeliveryLink, Mode, SourceTerms, Supply
from h2plan.domain import Source, StorageCentre
from h2plan.errors import Fault, InputError
from h2plan.geo import access, layers, travel
from h2plan.project import Project
from h2plan.scenario_supply import ChainSection
from h2plan.tables.read import read_table
from h2plan.tables.region import region_of
from h2plan.tables.row import Row
from h2plan.tables.rows import DeliveryCostRow, DeliveryModeRow, SourceOutputRow, StorageCentreRow

LinkKey = tuple[str, str, Mode]
RowT = TypeVar("RowT", bound=Row)


@dataclass(frozen=True, kw_only=True)
class Way:
    """A mode that the plan may use, its cost, and a second fit of that cost."""

    mode: DeliveryModeRow
    cost: DeliveryCostRow
    other: DeliveryCostRow | None


@dataclass(frozen=True, kw_only=True)
class ChainTables:
    """What the tables of supply hold."""

    section: ChainSection
    outputs: tuple[SourceOutputRow, ...]
    centres: tuple[StorageCentre, ...]
    """Those that may stand; forbidden ones are left out."""
    ways: tuple[Way, ...]

    def output_of(self, source_id: str, period: int) -> SourceOutputRow | None:
        """Return the row that holds in a year: the latest of the source that is not later; None before the first."""
        rows = [row for row in self.outputs if row.source_id == source_id and row.period <= period]
        return max(rows, key=lambda row: row.period, default=None)


@dataclass(frozen=True, kw_only=True)
class Chain:
    """The supply chain of a scenario with its ways measured."""

    tables: ChainTables
    sources: tuple[Source, ...]
    km: Mapping[tuple[str, str], float]
    """(origin, destination) to road km, for vehicles with hydrogen."""
    site_ids: tuple[str, ...]
    discount_rate: float

    def supply(self, period: int) -> Supply:
        """Return what the model of one year needs."""
        rows = {source.id: self.tables.output_of(source.id, period) for source in self.sources}
        level = self.tables.section.level
        terms = [
            SourceTerms(
                id=name,
                available_kg_per_d=row.for_sale_kg_per_d(level),
                smallest_kg_per_d=row.smallest_kg_per_d or 0.0,
                price_cny_per_kg=row.price_cny_per_kg,
            )
            for name, row in sorted(rows.items())
            if row is not None
        ]
        senders = {name: row.modes for name, row in rows.items() if row is not None}
        return Supply(
            sources=tuple(terms),
            centres=tuple(_centre_terms(centre, self.discount_rate) for centre in self.tables.centres),
            links=tuple(sorted(self._links(senders), key=lambda link: link.key)),
            trailers_max=self.tables.section.trailers_max,
        )

    def other_cny_per_kg(self, links: Iterable[DeliveryLink]) -> dict[LinkKey, float]:
        """Return what each link costs a kg by the second fit of its mode, or by the first where there is no second."""
        found: dict[LinkKey, float] = {}
        for link in links:
            to_centre = link.destination in {centre.id for centre in self.tables.centres}
            way = next(way for way in self.tables.ways if _fits(way, link.mode, to_centre=to_centre))
            found[link.key] = (way.other or way.cost).at_km(link.km)
        return found

    def _links(self, senders: Mapping[str, tuple[str, ...]]) -> list[DeliveryLink]:
        centres = {centre.id for centre in self.tables.centres}
        found: list[DeliveryLink] = []
        for way in self.tables.ways:
            if way.mode.mode == "on_site":
                found.extend(self._link(way, j, j, 0.0) for j in self.site_ids)
                continue
            offered = [
                (destination, km, origin)
                for (origin, destination), km in self.km.items()
                if km <= way.mode.radius_km
                and _sends(way.mode.mode, origin, senders, centres)
                and _takes(way.mode.to, destination in centres)
                and origin != destination
                and not (origin in centres and destination in centres)
            ]
            offered.sort()
            for destination, group in groupby(offered, key=lambda entry: entry[0]):
                kept = list(group)[: self.tables.section.nearest]
                found.extend(self._link(way, origin, destination, km) for _, km, origin in kept)
        return found

    def _link(self, way: Way, origin: str, destination: str, km: float) -> DeliveryLink:
        mode, section = way.mode, self.tables.section
        to_station = destination in self._stations
        over_fence = mode.mode == "pipeline" and to_station and km <= section.over_the_fence_km
        capex = 0.0 if over_fence else mode.capex_cny + mode.capex_cny_per_km * km
        share = 0.0 if mode.life_yr is None else annuity(self.discount_rate, mode.life_yr) + mode.opex_share_per_yr
        return DeliveryLink(
            origin=origin,
            destination=destination,
            mode=mode.mode,
            km=km,
            cny_per_kg=way.cost.at_km(km),
            max_kg_per_d=section.over_the_fence_kg_per_d if over_fence else mode.max_kg_per_d,
            fixed_cny_per_yr=capex * share,
            capex_cny=capex,
            trailers_per_kg_per_d=trailers_per_kg_per_d(mode, km),
        )

    @property
    def has_other(self) -> bool:
        """Whether any mode has a second fit."""
        return any(way.other is not None for way in self.tables.ways)

    @property
    def _stations(self) -> frozenset[str]:
        return frozenset(self.site_ids)


def trailers_per_kg_per_d(mode: DeliveryModeRow, km: float) -> float:
    """Return how many vehicles each kg/d keeps busy: there and back and handling, over hours a day times payload."""
    if mode.payload_kg is None or mode.speed_km_per_h is None or mode.hours_per_d is None:
        return 0.0
    cycle_h = 2 * km / mode.speed_km_per_h + (mode.handling_h or 0.0)
    return cycle_h / (mode.hours_per_d * mode.payload_kg)


def _sends(mode: Mode, origin: str, senders: Mapping[str, tuple[str, ...]], centres: set[str]) -> bool:
    """A source sends by the modes of its row; a centre by any."""
    return origin in centres or mode in senders.get(origin, ())


def _takes(to: str, is_centre: bool) -> bool:
    return to == "any" or (to == "centre") == is_centre


def _fits(way: Way, mode: Mode, *, to_centre: bool) -> bool:
    return way.mode.mode == mode and _takes(way.mode.to, to_centre)


def _centre_terms(centre: StorageCentre, discount_rate: float) -> CentreTerms:
    yearly = centre.capex_cny * annuity(discount_rate, centre.life_yr) + centre.opex_cny_per_yr
    return CentreTerms(
        id=centre.id,
        capacity_kg_per_d=centre.capacity_kg_per_d,
        capex_cny=0.0 if centre.built else centre.capex_cny,
        annual_cost_cny_per_yr=0.0 if centre.built else yearly,
        built=centre.built,
        required=centre.status == "required",
    )


# Reading


def read_chain(project: Project) -> ChainTables | None:
    """Read the tables of supply; None where supply is no part of the model.

    Raises:
        InputError: every fault: of a table, an unknown mode or cost, a centre outside every allowed area.
    """
    supply = project.scenario.supply
    if supply is None or supply.chain is None:
        return None
    section = supply.chain
    ways, faults = _ways(project, section)
    centres = _centres(project, section)
    faults += _outside(project, section, centres)
    if faults:
        raise InputError(faults)
    return ChainTables(
        section=section,
        outputs=tuple(_table(project, section.output, SourceOutputRow)),
        centres=tuple(centre for centre in centres if centre.status != "forbidden"),
        ways=ways,
    )


def _table(project: Project, relative: str, row_type: type[RowT]) -> list[RowT]:
    return read_table(project.path(relative, where="supply.chain"), row_type, root=project.root)


def _ways(project: Project, section: ChainSection) -> tuple[tuple[Way, ...], list[Fault]]:
    modes = {row.id: row for row in _table(project, section.modes, DeliveryModeRow)}
    costs = {row.id: row for row in _table(project, section.costs, DeliveryCostRow)}
    ways: list[Way] = []
    faults: list[Fault] = []
    for number, choice in enumerate(section.delivery):
        where = f"{project.file.name} supply.chain.delivery[{number}]"
        mode = modes.get(choice.use)
        if mode is None:
            hint = f"there are: {', '.join(sorted(modes))}"
            faults.append(Fault(where=where, column="use", message=f"there is no mode '{choice.use}'", hint=hint))
            continue
        wanted = [("cost", choice.cost), *([] if choice.other_cost is None else [("other_cost", choice.other_cost)])]
        faults += [fault for column, name in wanted if (fault := _cost_fault(where, column, name, mode, costs))]
        if all(name in costs for _, name in wanted):
            other = None if choice.other_cost is None else costs[choice.other_cost]
            ways.append(Way(mode=mode, cost=costs[choice.cost], other=other))
    return tuple(ways), faults + _twice(project, ways)


def _cost_fault(
    where: str, column: str, name: str, mode: DeliveryModeRow, costs: Mapping[str, DeliveryCostRow]
) -> Fault | None:
    fitting = sorted(row.id for row in costs.values() if row.mode == mode.mode)
    if name in fitting:
        return None
    what = f"'{name}' is a cost of {costs[name].mode}" if name in costs else f"there is no cost '{name}'"
    return Fault(where=where, column=column, message=what, hint=f"for {mode.mode} there are: {', '.join(fitting)}")


def _twice(project: Project, ways: Sequence[Way]) -> list[Fault]:
    """Between two places each kind of mode may be chosen once, or a delivery could not be told by its mode."""
    faults: list[Fault] = []
    for n, way in enumerate(ways):
        for other in ways[:n]:
            both = {way.mode.to, other.mode.to}
            if way.mode.mode == other.mode.mode and ("any" in both or len(both) == 1):
                message = f"{other.mode.id} and {way.mode.id} are both {way.mode.mode} to the same places; choose one"
                faults.append(Fault(where=f"{project.file.name} supply.chain", column="delivery", message=message))
    return faults


def _centres(project: Project, section: ChainSection) -> list[StorageCentre]:
    if section.centres is None:
        return []
    path = project.path(section.centres, where="supply.chain.centres")
    region = region_of(project.scenario.region)
    rows = read_table(path, StorageCentreRow, root=project.root, region=region, crs=section.centres_crs)
    return [row.to_centre() for row in rows]


def _outside(project: Project, section: ChainSection, centres: Sequence[StorageCentre]) -> list[Fault]:
    """Centres stand in allowed polygons only; those that stand already are where they are."""
    new = [centre for centre in centres if not centre.built and centre.status != "forbidden"]
    if not new or section.centres is None:
        return []
    areas = [
        area
        for name in section.centre_areas
        for area in layers.read_areas(project.path(name, where="supply.chain.centre_areas"), where=name)
    ]
    lon, lat = np.array([centre.lon for centre in new]), np.array([centre.lat for centre in new])
    metres = layers.signed_distances_m(areas, lon, lat)
    hint = "move it, or add the area where such centres are allowed to supply.chain.centre_areas"
    return [
        Fault(
            where=section.centres,
            value=centre.id,
            message=f"{centre.id} ({centre.name}) stands {m:,.0f} m outside every area where a centre is allowed",
            hint=hint,
        )
        for centre, m in zip(new, metres, strict=True)
        if m > 0
    ]


# Measuring


def measure_chain(
    project: Project,
    connected: access.Connected,
    tables: ChainTables,
    *,
    sources: Sequence[Source],
    site_ids: Sequence[str],
    closed: Mapping[str, frozenset[str]],
) -> Chain:
    """Measure the road from every source and centre to every centre and site.

    Raises:
        InputError: an output of a source that is not known or has no position, a source that reaches nothing, an
            unknown road link among those closed to hydrogen.
    """
    section = tables.section
    used = _used_sources(tables, sources)
    centre_ids = [centre.id for centre in tables.centres]
    supply = project.scenario.supply
    assert supply is not None
    shut = closed[supply.truck_class] | _hazmat(project, connected, section)
    measured = travel.measure(
        connected,
        [*(source.id for source in used), *centre_ids],
        targets=[*site_ids, *centre_ids],
        limit=max((way.mode.radius_km for way in tables.ways), default=0.0),
        metric="km",
        closed=shut,
    )
    chain = Chain(
        tables=tables,
        sources=used,
        km={pair: km for pair, (_, km) in measured.by_ids().items()},
        site_ids=tuple(site_ids),
        discount_rate=project.scenario.finance.discount_rate,
    )
    _refuse_lonely(chain, project)
    return chain


def _used_sources(tables: ChainTables, sources: Sequence[Source]) -> tuple[Source, ...]:
    by_id = {source.id: source for source in sources}
    named = {row.source_id for row in tables.outputs}
    hint = "give the source a position in supply.sources, or take its rows out of the table of outputs"
    faults = [
        Fault(
            where=tables.section.output,
            column="source_id",
            value=name,
            message=f"{name} is no placed source",
            hint=hint,
        )
        for name in sorted(named - by_id.keys())
    ]
    if faults:
        raise InputError(faults)
    return tuple(by_id[name] for name in sorted(named))


def _hazmat(project: Project, connected: access.Connected, section: ChainSection) -> frozenset[str]:
    known = connected.network.link_index
    where = f"{project.file.name} supply.chain"
    faults = [
        Fault(where=where, column="hazmat_closed", value=name, message=f"there is no road link '{name}'")
        for name in section.hazmat_closed
        if name not in known
    ]
    if faults:
        raise InputError(faults)
    return frozenset(section.hazmat_closed)


def _refuse_lonely(chain: Chain, project: Project) -> None:
    """A source with hydrogen for sale and nowhere to bring it is a slip in a table."""
    last = max(project.scenario.periods)
    supply = chain.supply(last)
    sending = {link.origin for link in supply.links}
    faults = []
    for terms in supply.sources:
        if terms.available_kg_per_d > 0 and terms.id not in sending:
            near = min(((km, j) for (s, j), km in chain.km.items() if s == terms.id), default=None)
            nearest = "" if near is None else f"; the nearest is {near[1]}, {near[0]:,.1f} km"
            message = f"{terms.id} reaches no site and no centre by the modes chosen{nearest}"
            hint = "look at its modes, at radius_km of the modes, and at the roads closed to its trucks"
            if chain.tables.section.nearest is not None:
                hint = f"nearest: {chain.tables.section.nearest} keeps nearer origins only; raise it, or else {hint}"
            faults.append(Fault(where="supply", value=terms.id, message=message, hint=hint))
    if faults:
        raise InputError(faults)


def notes_of(chain: Chain, period: int) -> tuple[str, ...]:
    """Say which sources give nothing yet, whose own use is not known, and which sites no hydrogen reaches."""
    supply = chain.supply(period)
    found: list[str] = []
    for source in chain.sources:
        row = chain.tables.output_of(source.id, period)
        if row is None:
            found.append(f"{source.name}: gives nothing before {_first(chain, source.id)}")
        elif row.captive_kg_per_d is None:
            found.append(f"{source.name}: its own use is not known; its purified output says what is for sale")
    dry = sorted(set(chain.site_ids) - {link.destination for link in supply.links})
    if dry:
        shown = ", ".join(dry[:6]) + (" …" if len(dry) > 6 else "")
        found.append(f"{len(dry)} sites are out of reach of every source and dispense nothing: {shown}")
    return tuple(found)


def _first(chain: Chain, source_id: str) -> int:
    return min(row.period for row in chain.tables.outputs if row.source_id == source_id)
