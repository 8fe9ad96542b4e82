"""The storage centres and laid links of a plan, in the year in which each is there first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from h2plan.plan.network_rows import Build
from h2plan.prepare import Prepared
from h2plan.problem import YearDecisions


def centres_opening(decisions: Sequence[YearDecisions]) -> Mapping[str, int]:
    """Return the first year in which each storage centre stands."""
    opens: dict[str, int] = {}
    for year in decisions:
        opens.update({name: year.period for name in year.centres if name not in opens})
    return opens


def supply_builds(years: Sequence[Prepared], decisions: Sequence[YearDecisions]) -> tuple[Build, ...]:
    """Name every new centre and every link with a capital cost; both stay once they are there."""
    found: dict[tuple[str, ...], Build] = {}
    for of_year, year in zip(years, decisions, strict=True):
        for key, row in (*_centres(of_year, year), *_links(of_year, year)):
            found.setdefault(key, row)
    return tuple(found.values())


def _centres(prepared: Prepared, year: YearDecisions) -> Iterator[tuple[tuple[str, ...], Build]]:
    supply, chain = prepared.problem.supply, prepared.chain
    if supply is None or chain is None:
        return
    places = {centre.id: centre for centre in chain.tables.centres}
    for terms in supply.centres:
        if terms.id in year.centres and not terms.built:
            place = places[terms.id]
            yield (
                (terms.id,),
                Build(
                    period=year.period,
                    what="centre",
                    site_id=terms.id,
                    name=place.name,
                    name_en=place.name_en,
                    district=place.district,
                    size_before="",
                    size_after="",
                    capacity_added_kg_per_d=terms.capacity_kg_per_d,
                    capex_cny=terms.capex_cny,
                ),
            )


def _links(prepared: Prepared, year: YearDecisions) -> Iterator[tuple[tuple[str, ...], Build]]:
    supply = prepared.problem.supply
    if supply is None:
        return
    for link in supply.links:
        if link.is_fixed and link.key in year.deliver:
            name = link.destination if link.mode == "on_site" else f"{link.origin} → {link.destination}"
            yield (
                link.key,
                Build(
                    period=year.period,
                    what="link",
                    site_id=link.destination,
                    name=name,
                    name_en=name,
                    district="",
                    size_before="",
                    size_after=link.mode,
                    capacity_added_kg_per_d=link.max_kg_per_d,
                    capex_cny=link.capex_cny,
                ),
            )
