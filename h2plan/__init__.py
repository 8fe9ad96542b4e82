"""h2plan: where to build hydrogen refuelling stations, how large, for whom, at what cost, and why.

The names below are the front door; each is imported when it is first asked for, so that `import h2plan` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from h2plan.errors import H2planError, InfeasibleError, InputError
    from h2plan.estimating import Estimate, estimate
    from h2plan.library import (
        capacitated,
        coverage_curve,
        flow_refuelling,
        flow_refuelling_kg,
        max_cover,
        median_curve,
        p_center,
        p_dispersion,
        p_median,
        set_cover,
    )
    from h2plan.optimise import optimise
    from h2plan.pipeline import check, plan
    from h2plan.plan.files import read_plan
    from h2plan.plan.results import Plan
    from h2plan.plan.verify import verify
    from h2plan.prepare import prepare
    from h2plan.problem import Problem, Solution
    from h2plan.project import load

__all__ = [
    "Estimate",
    "H2planError",
    "InfeasibleError",
    "InputError",
    "Plan",
    "Problem",
    "Solution",
    "capacitated",
    "check",
    "coverage_curve",
    "estimate",
    "flow_refuelling",
    "flow_refuelling_kg",
    "load",
    "max_cover",
    "median_curve",
    "optimise",
    "p_center",
    "p_dispersion",
    "p_median",
    "plan",
    "prepare",
    "read_plan",
    "set_cover",
    "verify",
]

_HOME = {
    "Estimate": "estimating",
    "H2planError": "errors",
    "InfeasibleError": "errors",
    "InputError": "errors",
    "Plan": "plan.results",
    "Problem": "problem",
    "Solution": "problem",
    "capacitated": "library",
    "check": "pipeline",
    "coverage_curve": "library",
    "flow_refuelling": "library",
    "flow_refuelling_kg": "library",
    "max_cover": "library",
    "median_curve": "library",
    "p_center": "library",
    "p_dispersion": "library",
    "p_median": "library",
    "set_cover": "library",
    "estimate": "estimating",
    "load": "project",
    "optimise": "optimise",
    "plan": "pipeline",
    "prepare": "prepare",
    "read_plan": "plan.files",
    "verify": "plan.verify",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'h2plan' has no attribute '{name}'")
    return getattr(importlib.import_module(f"h2plan.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
