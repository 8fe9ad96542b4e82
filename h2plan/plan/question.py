"""What a scenario asks, as short facts for the report."""

from __future__ import annotations

from h2plan.adoption import adopt
from h2plan.scenario import Scenario


def asked(scenario: Scenario) -> dict[str, str]:
    """Return the limits and settings that shape the answer, by name, as text."""
    limits, finance = scenario.limits, scenario.finance
    facts: dict[str, object] = {
        "period": ", ".join(map(str, scenario.periods)),
        "fcev": ", ".join(f"{figure.vehicles:,}" for figure in adopt(scenario)),
        "model": scenario.model.use,
        **{f"model.{name}": value for name, value in sorted(scenario.model.options.items())},
        "stations_max": by_period(scenario, "stations_max"),
        "stations_min": by_period(scenario, "stations_min"),
        "budget_cny": limits.budget_cny,
        "served_share_min": limits.served_share_min,
        "service_radius_min": limits.service_radius_min,
        "service_radius_km": limits.service_radius_km,
        "detour_max_min": limits.detour_max_min,
        "spacing_km": limits.spacing_km,
        "utilisation_max": limits.utilisation_max,
        "peak_hour": "yes" if limits.peak_hour else None,
        "required": ", ".join(limits.required) or None,
        "forbidden": ", ".join(limits.forbidden) or None,
        "review": scenario.screen.review,
        "active_share_base": scenario.fleet.active_share_base,
        "discount_rate": finance.discount_rate,
        "shortfall_cny_per_kg": finance.shortfall_cny_per_kg,
        "solver.gap": scenario.solver.gap,
        "solver.limit_s": scenario.solver.limit_s,
    }
    return {name: _text(value) for name, value in facts.items() if value is not None}


def by_period(scenario: Scenario, name: str) -> int | str | None:
    """Return a limit on the number of stations: one number, or that of each period where they differ."""
    general, own = getattr(scenario.limits, name), scenario.phased.limits
    each = [general if period not in own else getattr(own[period], name) for period in scenario.periods]
    each = [general if value is None else value for value in each]
    if len(set(each)) == 1:
        return None if each[0] is None else int(each[0])
    return ", ".join("–" if value is None else str(value) for value in each)


def _text(value: object) -> str:
    return f"{value:,.10g}" if isinstance(value, float) else str(value)
