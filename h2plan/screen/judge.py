"""One clause at one site: what is measured, what each station size makes of it, and what would make it legal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isinf
from typing import Literal

from h2plan.domain import Clause, Site, StationSize
from h2plan.domain_law import ClassLimit, Host, Rule
from h2plan.screen import wording

Outcome = Literal["pass", "review", "barred"]
State = Literal["missing", "unknown", "clear", "open", "short"]
"""No layer; no metres in the rule; beyond error of position; within it; too near (or inside)."""
WITH_TANKS = frozenset({"fuel_station", "gas_station"})
"""Kinds of site that share the ground with tanks even where `tank_m3` is blank."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """How far a site is from the nearest object of a layer."""

    metres: float
    name: str
    name_en: str = ""
    document: str
    precision_m: float
    """Error of the site and of the layer together."""
    layer_verified: bool


@dataclass(frozen=True, slots=True)
class StationClass:
    """The class of one size at one site; label None: cannot be told, blank: more than any class stores."""

    label: str | None
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one clause makes of one site."""

    clause: Clause
    outcomes: Mapping[str, Outcome]
    """Size id to outcome."""
    own: bool
    """True: it is about this site; False: it is open for every site alike."""
    measured: bool = True
    """False: there was nothing to measure; then it is listed once for all sites."""


def host_of(site: Site) -> Host:
    """Whether hydrogen would stand alone here or beside tanks."""
    return "combined" if site.land.tank_m3 or site.kind in WITH_TANKS else "hydrogen"


def class_of(size: StationSize, site: Site, classes: Sequence[ClassLimit]) -> StationClass:
    """Return the strictest class that holds the storage of a size at a site."""
    host, tank_m3 = host_of(site), site.land.tank_m3
    known = [limit for limit in classes if limit.host == host]
    if not known or (host == "combined" and tank_m3 is None):
        return StationClass(None, verified=False)
    sure = all(limit.verified for limit in known)
    fitting = [limit for limit in known if limit.holds(size.storage_kg, tank_m3 or 0.0)]
    if not fitting:
        return StationClass("", verified=sure)
    tightest = min(fitting, key=lambda limit: limit.hydrogen_kg or limit.storage_max_kg or float("inf"))
    return StationClass(tightest.station_class, verified=sure)


def state_of(rule: Rule, gap: Gap | None) -> State:
    """Hold a measured distance against a rule: clear needs measured - precision > required, strictly."""
    if gap is None:
        return "missing"
    if rule.metres is None:
        return "unknown"
    margin_m = -gap.metres if rule.inside else gap.metres - rule.metres
    if margin_m <= 0:
        return "short"
    return "open" if margin_m <= gap.precision_m else "clear"


def binds(rule: Rule, site: Site) -> bool:
    """Whether a rule is about sites of this kind and host."""
    return (rule.host is None or rule.host == host_of(site)) and (not rule.kinds or site.kind in rule.kinds)


def judge(
    rule: Rule,
    gap: Gap | None,
    *,
    sizes: Sequence[StationSize],
    class_at: Mapping[str, StationClass],
    precision_m: float,
) -> Finding:
    """Say what a rule makes of each size at a site. What is not verified never bars and never passes."""
    state = state_of(rule, gap)
    sure = rule.verified and gap is not None and gap.layer_verified
    outcomes = {size.id: _outcome(rule, state, size, klass=class_at[size.id], sure=sure) for size in sizes}
    own = state in ("open", "short") and any(outcome != "pass" for outcome in outcomes.values())
    worst = _worst(outcomes)
    largest = largest_kg_per_d(sizes, outcomes)
    object_zh, object_en = wording.object_names(rule, gap)
    words = wording.of_rule(rule, state, gap, sure=sure, largest_kg_per_d=largest, outcome=worst)
    return Finding(
        clause=Clause(
            rule=rule.id,
            clause=(gap.document if gap else "") or rule.clause,
            object=object_zh,
            object_en=object_en,
            verdict="warn" if rule.warns and own else worst,
            measured_m=None if gap is None or isinf(gap.metres) else round(gap.metres, 1),
            required_m=rule.metres,
            precision_m=precision_m if gap is None else gap.precision_m,
            max_kg_per_d=largest,
            reason_zh=words.reason.zh,
            reason=words.reason.en,
            remedy_zh=words.remedy.zh,
            remedy=words.remedy.en,
        ),
        outcomes=outcomes,
        own=own,
        measured=gap is not None,
    )


def _outcome(rule: Rule, state: State, size: StationSize, *, klass: StationClass, sure: bool) -> Outcome:
    if size.storage_kg <= rule.over_storage_kg:
        return "pass"
    fits = not rule.station_class or klass.label == rule.station_class
    certain = not rule.station_class or klass.verified
    if certain and not fits:
        return "pass"
    if state == "clear":
        return "pass" if sure else "review"
    barred = state == "short" and sure and fits and certain and not rule.warns
    return "barred" if barred else "review"


def largest_kg_per_d(sizes: Sequence[StationSize], outcomes: Mapping[str, Outcome]) -> float:
    """Return the capacity of the largest size that is not barred; 0 if all are."""
    return max((size.capacity_kg_per_d for size in sizes if outcomes[size.id] != "barred"), default=0.0)


def _worst(outcomes: Mapping[str, Outcome]) -> Outcome:
    """Barred only if no size is left; else review if any size is at review or barred."""
    found = set(outcomes.values())
    if found == {"barred"}:
        return "barred"
    return "review" if found & {"barred", "review"} else "pass"
