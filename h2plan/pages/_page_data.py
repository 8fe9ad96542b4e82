"""What the demand page draws and says, gathered from an estimate as plain JSON values; a wording is [zh, en].

Every sum on the page is made from `cube`, whose rows add up to the ledger: [class, source, role, district, year,
vehicles, low, base, high, peak hour], the first five as places in the lists beside it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from h2plan.adoption import adopt
from h2plan.demand._draws import Draws
from h2plan.domain import LedgerRow, Range
from h2plan.estimating import Estimate
from h2plan.outputs import _labels as words
from h2plan.outputs._columns import Texts
from h2plan.outputs._labels import Text
from h2plan.outputs._lines import line_columns
from h2plan.pages import _words
from h2plan.pages._changes import Changes
from h2plan.plan.results import Backdrop

DRAWS, SEED = 2000, 0
"""Draws behind the quantiles and the histogram of the page (h2plan convention)."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
BINS = 32
IMPRECISE_M = 500.0
CELLS_SHOWN, SETTINGS_SHOWN = 40, 120
"""The page shows the largest changes; the workbook has them all."""
PLACES_MAX = 5000
"""Places on the map, the largest first; sums and tables hold them all."""
DIGITS = 6
"""Decimals of kg/d and vehicles on the page: sums agree with the ledger to better than a gram."""


def page_data(estimate: Estimate, backdrop: Backdrop, *, changes: Changes | None, language: str) -> dict[str, Any]:
    """Everything the page needs besides the lines of the backdrop."""
    scenario = estimate.project.scenario
    lists = _lists(estimate, backdrop)
    at = {name: {key: place for place, (key, *_) in enumerate(entries)} for name, entries in lists.items()}
    years = {year: place for place, year in enumerate(estimate.periods)}
    draws = estimate.draws(DRAWS, SEED)
    texts = Texts()
    lines = line_columns(backdrop, texts)
    span = "–".join(dict.fromkeys((str(estimate.periods[0]), str(estimate.periods[-1]))))
    return {
        "language": words.LANGUAGES.index("en" if language == "en" else "zh"),
        "title": Text(f"{scenario.region.city}加氢需求 {span}", f"Hydrogen demand of {_city_en(estimate)}, {span}"),
        "subtitle": Text(f"{scenario.title.zh} · {scenario.name}", f"{scenario.title.en} · {scenario.name}"),
        "attribution": [text for text in (backdrop.attribution,) if text],
        "texts": texts.table(),
        "lines": lines,
        "periods": list(estimate.periods),
        **lists,
        "kinds": [[key, label] for key, label in lists["uses"]],
        "cube": list(_cube(estimate, at, years)),
        "years": [_year(estimate, draws, year) for year in estimate.periods],
        "places": _places(estimate, at, years),
        "flows": _flows(estimate, at, years),
        "seats": [[words.either(zh, en), round(lat, 5), round(lon, 5)] for zh, en, lon, lat in backdrop.seats],
        "adoption": _adoption(estimate),
        "assumptions": [[row.where, row.value, row.note] for row in estimate.assumptions],
        "provenance": _provenance(estimate, at, years),
        "warnings": list(estimate.warnings),
        "fits": list(estimate.fits),
        "notes": [note for note in estimate.demand.notes if note not in (*estimate.warnings, *estimate.fits)],
        "changes": _changes(changes, estimate, lists) if changes is not None else None,
        "draws": DRAWS,
    }


def _city_en(estimate: Estimate) -> str:
    region = estimate.project.scenario.region
    return region.city_en or region.city


def _lists(estimate: Estimate, backdrop: Backdrop) -> dict[str, list[list[Any]]]:
    """Classes (the one with most hydrogen first), sources, roles and districts: [id, label]."""
    kg: dict[str, float] = defaultdict(float)
    for row in estimate.ledger:
        kg[row.vehicle_class] += row.kg_per_d.base
    names = {zh: words.either(zh, en) for zh, en, _, _ in backdrop.seats}
    uses = {row.use for row in estimate.ledger}
    districts = sorted({row.district for row in estimate.ledger} - {""})
    known = [use for use in _words.USES if use in uses]
    return {
        "classes": [
            [name, words.either(*estimate.class_names[name])] for name in sorted(kg, key=lambda name: (-kg[name], name))
        ],
        "uses": [[use, words.word(_words.USES, use)] for use in (*known, *sorted(uses.difference(known)))],
        "roles": [[role, label] for role, label in _words.ROLES.items()],
        "districts": [
            *([name, names.get(name, words.same(name))] for name in districts),
            ["", _words.NO_DISTRICT],
        ],
    }


At = Mapping[str, Mapping[str, int]]


def _cube(estimate: Estimate, at: At, years: Mapping[int, int]) -> Iterator[list[float]]:
    frame = estimate.by("vehicle_class", "use", "role", "district")
    for name, use, role, district, period, *sums in frame.itertuples(index=False):
        vehicles, low, base, high, _, peak, _ = sums
        place = [at["classes"][name], at["uses"][use], at["roles"][role], at["districts"][district], years[period]]
        yield [*place, *(_num(value) for value in (vehicles, low, base, high, peak))]


def _year(estimate: Estimate, draws: Draws, period: int) -> dict[str, Any]:
    counts, edges = np.histogram(draws.kg_per_d[period], bins=BINS)
    return {
        "total": _range(estimate.total(period)),
        "peak": _range(estimate.peak_kg_per_h(period)),
        "signed": _num(estimate.signed_kg_per_d(period)),
        "signedElsewhere": _num(estimate.signed_kg_per_d(period) - _signed_rows(estimate, period)),
        "quantiles": [_num(value) for value in draws.quantiles(period, at=QUANTILES)],
        "peaks": [_num(value) for value in np.quantile(draws.peak_kg_per_h[period], QUANTILES)],
        "histogram": {
            "from": _num(edges[0]),
            "step": _num(edges[1] - edges[0]),
            "counts": [int(value) for value in counts],
        },
        "anchors": [
            [words.word(_words.ANCHORS, anchor.name), _num(anchor.kg_per_d), anchor.note]
            for anchor in estimate.anchors(period)
        ],
        "hours": {name: [_num(kg) for kg in hours] for name, hours in estimate.hourly(period).items()},
        "months": [_num(kg) for _, kg in sorted(estimate.monthly(period).items())],
        "tornado": [
            {
                "label": _words.parameter_label(bar.parameter, estimate.class_names),
                "value": _range(bar.value),
                "kg": [_num(bar.kg_per_d_low), _num(bar.kg_per_d_high), _num(bar.base_kg_per_d)],
                "peak": [
                    _num(bar.peak_kg_per_h_low),
                    _num(bar.peak_kg_per_h_high),
                    _num(bar.base_peak_kg_per_h),
                ],
            }
            for bar in estimate.tornado(period)
        ],
    }


def _signed_rows(estimate: Estimate, period: int) -> float:
    """Signed demand in the ledger, kg/d; the rest of what is signed has no known depot and stands there as forecast."""
    return math.fsum(row.kg_per_d.base for row in estimate.ledger if row.status == "signed" and row.period == period)


def _places(estimate: Estimate, at: At, years: Mapping[int, int]) -> list[dict[str, Any]]:
    """Rows of one source at one spot as one symbol."""
    off = {row.id: row.precision_m for row in estimate.demand.points}
    spots: dict[tuple[float, float, str], list[LedgerRow]] = defaultdict(list)
    for row in estimate.ledger:
        if row.lon is not None and row.lat is not None:
            spots[round(row.lon, 5), round(row.lat, 5), row.use].append(row)
    found: list[dict[str, Any]] = [
        {
            "lon": lon,
            "lat": lat,
            "kind": use,
            "name": words.either(rows[0].name, rows[0].name_en),
            "off": round(max(off[row.demand_id] for row in rows))
            if max(off[row.demand_id] for row in rows) > IMPRECISE_M
            else 0,
            "kg": _by_class_and_year(rows, at, years),
        }
        for (lon, lat, use), rows in sorted(spots.items())
    ]
    if len(found) <= PLACES_MAX:
        return found
    return sorted(found, key=lambda place: -max(one[2] for one in place["kg"] or [[0, 0, 0.0]]))[:PLACES_MAX]


def _flows(estimate: Estimate, at: At, years: Mapping[int, int]) -> list[dict[str, Any]]:
    """Flows between the same two ends, both ways, as one line."""
    ends = {end.id: [round(end.lat, 5), round(end.lon, 5)] for end in estimate.demand.terminals}
    pairs: dict[tuple[str, str], list[LedgerRow]] = defaultdict(list)
    for row in estimate.ledger:
        if row.role != "base":
            pairs[min(row.origin, row.destination), max(row.origin, row.destination)].append(row)
    return [
        {
            "ends": [ends[a], ends[b]],
            "name": words.either(rows[0].name, rows[0].name_en),
            "through": rows[0].role == "through",
            "kg": _by_class_and_year(rows, at, years),
        }
        for (a, b), rows in sorted(pairs.items())
    ]


def _by_class_and_year(rows: Sequence[LedgerRow], at: At, years: Mapping[int, int]) -> list[list[float]]:
    kg: dict[tuple[int, int], float] = defaultdict(float)
    for row in rows:
        kg[at["classes"][row.vehicle_class], years[row.period]] += row.kg_per_d.base
    return [[name, year, _num(value)] for (name, year), value in sorted(kg.items()) if value > 0]


def _adoption(estimate: Estimate) -> dict[str, Any]:
    """The fleet by year: the curve, the years of the scenario, what stood, targets and drafts."""
    scenario = estimate.project.scenario
    targets = [
        [year, value, year in scenario.targets.draft, scenario.targets.source]
        for year, value in sorted(scenario.targets.fcev.items())
    ]
    published = [
        [row.period, row.value, row.status == "draft", row.source + (f" ({row.note})" if row.note else ""), row.id]
        for row in estimate.published
        if row.what == "fcev"
    ]
    return {
        "curve": _curve(estimate),
        "figures": [[row.period, row.vehicles, row.missed, row.sentence] for row in estimate.adoption],
        "standing": [[year, value] for year, value in sorted(scenario.targets.standing.items())],
        "targets": targets,
        "published": published,
    }


def _curve(estimate: Estimate) -> list[list[float]]:
    """Vehicles in each year between the first and the last that anything is known of; none without a curve."""
    scenario = estimate.project.scenario
    if scenario.adoption is None:
        return []
    known = (*estimate.periods, *scenario.targets.standing, *scenario.targets.fcev)
    yearly = scenario.model_copy(update={"periods": tuple(range(min(known), max(known) + 1))})
    return [[figure.period, figure.vehicles] for figure in adopt(yearly)]


def _provenance(estimate: Estimate, at: At, years: Mapping[int, int]) -> list[list[Any]]:
    """Which kilograms come from which source: [source of demand, assumption, reference, grade, kg/d by year]."""
    kg: dict[tuple[str, str, str, str], list[float]] = defaultdict(lambda: [0.0] * len(years))
    for row in estimate.ledger:
        kg[row.use, row.assumption, row.source, row.verified][years[row.period]] += row.kg_per_d.base
    ranked = sorted(kg.items(), key=lambda item: (at["uses"][item[0][0]], -sum(item[1]), item[0]))
    return [
        [at["uses"][use], assumption, source, words.word(words.VERIFIED, grade), [_num(value) for value in found]]
        for (use, assumption, source, grade), found in ranked
    ]


def _changes(changes: Changes, estimate: Estimate, lists: Mapping[str, Sequence[Sequence[Any]]]) -> dict[str, Any]:
    labels = {name: dict(map(tuple, entries)) for name, entries in lists.items()}
    largest = sorted(changes.cells, key=lambda row: -abs(row.kg_after - row.kg_before))[:CELLS_SHOWN]

    def of_class(name: str) -> Text:
        return words.either(*estimate.class_names[name]) if name in estimate.class_names else words.same(name)

    return {
        "name": changes.name,
        "other": changes.other,
        "causes": [
            [row.period, *(_num(value) for value in (row.before, row.fleet, row.mix, row.each, row.after))]
            for row in changes.causes
        ],
        "classes": [
            [
                row.period,
                of_class(row.vehicle_class),
                *(_num(value) for value in (row.vehicles_before, row.vehicles_after)),
                *(None if value is None else _num(value) for value in (row.each_before, row.each_after)),
                *(_num(value) for value in (row.kg_before, row.kg_after)),
            ]
            for row in changes.classes
        ],
        "cells": [
            [
                row.period,
                of_class(row.vehicle_class),
                words.word(_words.USES, row.use),
                words.word(_words.ROLES, row.role),
                labels["districts"].get(row.district, words.same(row.district)),
                _num(row.kg_before),
                _num(row.kg_after),
            ]
            for row in largest
        ],
        "more": len(changes.cells) - len(largest),
        "settings": [[row.where, row.before, row.after] for row in changes.settings[:SETTINGS_SHOWN]],
    }


def _range(value: Range) -> list[float]:
    return [_num(value.low), _num(value.base), _num(value.high)]


def _num(value: float) -> float:
    """A plain number; whole ones lose their point."""
    near = round(float(value), DIGITS) + 0.0
    return int(near) if near.is_integer() else near
