"""Who serves whom, beyond shares: whole rows at one station, and nobody driven past an open station."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pyomo.environ as pyo

from h2plan.models._parts import Network
from h2plan.models._pressure import stations_for


def serve_whole(block: Any, net: Network, *, but: Collection[str] = ()) -> None:
    """Each row of demand has one station, x_ij in {0, 1}; rows in `but` are left as they are."""
    for (i, _), share in block.serve.items():
        if i not in but:
            share.domain = pyo.Binary
            share.setub(1.0)  # capacity is kept by its own rows


def closest_first(block: Any, net: Network, *, but: Collection[str] = ()) -> None:
    """Nobody drives past an open station: Σ_{m farther than j} x_im ≤ 1 - Σ_k y_jk; of equals any may serve.

    Stations count where the row can fill: f_jk in place of y_jk for a row that needs 70 MPa.
    Rows in `but` are left as they are.
    """
    sites_of = net.sites_of()
    pairs = [(i, j) for i, j in net.access if i not in but]
    farther = {(i, j): [m for m in sites_of[i] if net.minutes[i, m] > net.minutes[i, j]] for i, j in pairs}
    rows = [pair for pair, others in farther.items() if others]
    block.closest_first = pyo.Constraint(
        rows,
        rule=lambda m, i, j: sum(m.serve[i, other] for other in farther[i, j]) <= 1 - stations_for(m, net, i, [j]),
    )
