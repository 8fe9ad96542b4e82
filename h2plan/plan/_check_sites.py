"""Sites: every station stands at a real place that the scenario allows, and nothing that must stand is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from h2plan.domain import Site, UnplacedSite, Verdict
from h2plan.plan._check_capital import BUILT, capital
from h2plan.plan._check_case import Case
from h2plan.plan._check_decided import months_needed
from h2plan.plan._check_extended import largest_anew
from h2plan.plan._check_finding import Finding, equal, holds
from h2plan.plan._check_law import LawSays, law_anew
from h2plan.plan._check_places import IMPRECISE_M, Places, distances_m, read_places
from h2plan.plan._check_years import named
from h2plan.plan.results import Candidate, Station

ROUNDED_M = 0.1
"""Distances of the screen are written to a tenth of a metre."""


def sites_real(years: Sequence[Case]) -> Iterator[Finding]:
    """Sites are rows of the site tables, screened anew; built and required ones are open, barred ones are not."""
    last = years[-1]
    places = read_places(last, [verdict.site_id for verdict in last.plan.verdicts])
    marked = _marked(last, places)
    verdicts = screened_anew(last, places, marked["forbidden"])
    yield from _verdicts_hold(last, places, verdicts)
    yield from _extensions_hold(last, places)
    yield from _candidates_hold(last, places, verdicts, marked["required"])
    yield from _unplaced_hold(last, places)
    for case in years:
        yield from named(case, _stations_hold(case, places, marked["required"]))
        yield from named(case, _marks_hold(case, places, marked))


def _marked(case: Case, places: Places) -> Mapping[str, frozenset[str]]:
    """Places that the limits or the status column require or forbid."""
    limits = case.scenario.limits
    named = {"required": limits.required, "forbidden": limits.forbidden}
    return {
        mark: frozenset(
            {places.home.get(name, name) for name in ids}
            | {place for place in places.rows if places.status(place) == mark}
        )
        for mark, ids in named.items()
    }


@dataclass(frozen=True, kw_only=True)
class Anew:
    """What the screen must say of a place."""

    verdict: str
    metres: float | None = None
    """Distance to the barred area that decides."""
    law: LawSays | None = None
    """Set where siting law was asked: then its clauses carry the distances."""


def screened_anew(case: Case, places: Places, forbidden: frozenset[str]) -> Mapping[str, Anew]:
    """Screen each place: by city, user, what stands, barred areas, position, in this order; then by siting law."""
    rows = [found[0] for found in places.rows.values()]
    borders = [distances_m(case, area.file, rows, crs=area.crs) for area in case.scenario.screen.barred]
    city = case.scenario.region.city
    first = {
        site.id: _screened(site, [layer[n] for layer in borders], barred=site.city != city or site.id in forbidden)
        for n, site in enumerate(rows)
    }
    asked = [site for site in rows if first[site.id].verdict != "barred" and not site.is_built]
    known = [replace(s, land=places.land(s.id), max_kg_per_d=places.max_kg_per_d(s.id)) for s in asked]
    held = {name: _held(first[name], says) for name, says in law_anew(case, known).items()}
    return {**first, **held}


def _screened(site: Site, metres: list[float], *, barred: bool) -> Anew:
    if barred:
        return Anew(verdict="barred")
    if site.is_built:
        return Anew(verdict="pass")
    inside = next((away_m for away_m in metres if away_m <= 0), None)
    if inside is not None:
        return Anew(verdict="barred", metres=inside)
    nearest = min(metres, default=None)
    if nearest is not None and nearest <= site.precision_m:
        return Anew(verdict="review", metres=nearest)
    return Anew(verdict="review" if site.precision_m > IMPRECISE_M else "pass")


def _held(first: Anew, says: LawSays) -> Anew:
    """The law may only tighten what area, user and position said."""
    verdict = (
        "barred" if says.verdict == "barred" else "review" if "review" in (first.verdict, says.verdict) else "pass"
    )
    return Anew(verdict=verdict, metres=first.metres, law=says)


def _clauses_hold(verdict: Verdict, says: LawSays) -> Iterator[Finding]:
    """The largest size, and every distance that a clause states."""
    name = verdict.site_id
    given, anew = verdict.max_kg_per_d, says.largest_kg_per_d
    yield holds(f"{name}: largest size is given", (given is None) == (anew is None))
    if given is not None and anew is not None:
        yield equal(f"{name}: largest size", given, anew)
    for clause in verdict.clauses:
        if clause.measured_m is not None:
            measured = says.metres.get(clause.rule, ())
            near = any(abs(clause.measured_m - metres) <= ROUNDED_M for metres in measured)
            yield holds(f"{name}: distance under {clause.rule}", near)


def _verdicts_hold(case: Case, places: Places, verdicts: Mapping[str, Anew]) -> Iterator[Finding]:
    seen: set[str] = set()
    for verdict in case.plan.verdicts:
        name = verdict.site_id
        again = verdicts.get(name)
        yield holds(f"{name}: a row of a site table", again is not None)
        yield holds(f"{name}: one place, one id", name not in places.doubled and name not in seen)
        seen.add(name)
        if again is None:
            continue
        yield holds(f"{name}: verdict", verdict.verdict == again.verdict)
        if again.law is not None:
            yield from _clauses_hold(verdict, again.law)
            continue
        yield holds(f"{name}: distance is given", (verdict.measured_m is None) == (again.metres is None))
        if verdict.measured_m is not None and again.metres is not None:
            yield holds(f"{name}: distance", abs(verdict.measured_m - again.metres) <= ROUNDED_M)
    for name in places.lost:
        yield holds(f"{name}: has a verdict", False)


def _extensions_hold(case: Case, places: Places) -> Iterator[Finding]:
    """The largest extension of each standing station is what area, law and table leave."""
    if not case.scenario.phased.extend_standing:
        return
    for verdict in case.plan.verdicts:
        rows = places.rows.get(verdict.site_id)
        if rows and rows[0].is_built and verdict.verdict != "barred":
            same = verdict.max_kg_per_d == largest_anew(case, verdict.site_id)
            yield holds(f"{verdict.site_id}: largest extension", same)


def _candidates_hold(
    case: Case, places: Places, verdicts: Mapping[str, Anew], required: frozenset[str]
) -> Iterator[Finding]:
    stays = {"pass"} if case.scenario.screen.review == "drop" else {"pass", "review"}
    kept = {name for name, anew in verdicts.items() if anew.verdict in stays or name in required}
    listed = [row.site_id for row in case.plan.candidates]
    open_sites = {station.site_id for station in case.plan.stations}
    largest = {verdict.site_id: verdict.max_kg_per_d for verdict in case.plan.verdicts}
    for name in sorted(kept ^ set(listed)):
        yield holds(f"{name}: candidate after the screen", False)
    yield holds("candidates: each once", len(listed) == len(set(listed)))
    for row in case.whole.candidates:
        if row.site_id in places.rows:
            yield _same_place(row, places.rows[row.site_id][0])
            yield holds(f"{row.site_id}: verdict", row.verdict == verdicts[row.site_id].verdict)
            limit = largest.get(row.site_id)
            limit = places.max_kg_per_d(row.site_id) if limit is None else limit
            yield holds(f"{row.site_id}: largest capacity", row.max_kg_per_d == limit)
            months = months_needed(case, places, row.site_id)
            yield holds(f"{row.site_id}: months of approvals", row.approval_months == months)
        yield holds(f"{row.site_id}: chosen", row.chosen == (row.site_id in open_sites))


def _same_place(row: Candidate | Station, site: Site) -> Finding:
    """The plan repeats what the table says of a site."""
    said = (row.name, row.name_en, row.kind, row.district, row.lon, row.lat, row.precision_m, row.verified, row.source)
    table = (
        site.name,
        site.name_en,
        site.kind,
        site.district,
        site.lon,
        site.lat,
        site.precision_m,
        site.verified,
        site.source,
    )
    return holds(f"{row.site_id}: name, kind, position and source as in the table", said == table)


def _stations_hold(case: Case, places: Places, required: frozenset[str]) -> Iterator[Finding]:
    candidates = {row.site_id: row for row in case.plan.candidates}
    for station in case.plan.stations:
        name = station.site_id
        yield holds(f"{name}: a candidate", name in candidates)
        opened = capital(case).get(name)
        opens = case.plan.period if opened is None else opened.opens
        yield holds(f"{name}: opens in {opens}", station.opens == opens)
        yield holds(f"{name}: marked required", station.required == (name in required))
        if name in candidates:
            yield holds(f"{name}: verdict", station.verdict == candidates[name].verdict)
        if name in places.rows:
            site = places.rows[name][0]
            yield _same_place(station, site)
            yield holds(f"{name}: assumptions as in the table", station.assumptions == site.assumptions)
            yield holds(f"{name}: built", station.built == site.is_built)
            if site.built_kg_per_d is not None and station.size_id == BUILT:
                yield equal(f"{name}: built capacity", station.capacity_kg_per_d, site.built_kg_per_d)


def _marks_hold(case: Case, places: Places, marked: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    """Required sites are open in the last year, built ones in every year, forbidden ones never."""
    open_sites = {station.site_id for station in case.plan.stations}
    for name in sorted(marked["required"]) if case.plan.period == case.whole.period else ():
        yield holds(f"{name}: required and open", name in open_sites)
    for name in sorted(marked["forbidden"]):
        yield holds(f"{name}: forbidden and not open", name not in open_sites)
    city = case.scenario.region.city
    for name, rows in places.rows.items():
        if rows[0].city == city and any(row.is_built for row in rows) and name not in marked["forbidden"]:
            yield holds(f"{name}: stands already and is in the plan", name in open_sites)


def _unplaced_hold(case: Case, places: Places) -> Iterator[Finding]:
    yield holds("unplaced rows as in the tables", _by_id(case.plan.unplaced) == _by_id(places.unplaced))


def _by_id(rows: tuple[UnplacedSite, ...]) -> list[UnplacedSite]:
    return sorted(rows, key=lambda row: row.id)
