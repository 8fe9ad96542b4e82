"""The target as whole vehicles, and what one of them needs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2plan.demand._fleet import read_fleet, split
from h2plan.errors import InputError
from h2plan.project import load
from h2plan.tables.rows import FleetShareRow
from tests.plan.tiny_project import FILES, SCENARIO, SCENARIO_FILE, write_project

MIX = FILES["data/fleet_mix.csv"]


def mix(*shares: float) -> list[FleetShareRow]:
    return [
        FleetShareRow.model_validate(
            {
                "id": f"r{n}",
                "vehicle_class": "bus",
                "use": f"u{n}",
                "share": str(share),
                "source": "x",
                "verified": "no",
            }
        )
        for n, share in enumerate(shares)
    ]


def counts(total: float, *shares: float) -> list[int]:
    return list(split(total, mix(*shares)).values())


def test_whole_shares_need_no_rounding() -> None:
    assert counts(100, 0.4, 0.35, 0.25) == [40, 35, 25]


def test_the_largest_remainders_are_rounded_up() -> None:
    """Of 10 vehicles 4.5, 3.3 and 2.2: one is left after 4, 3 and 2, and the first lost most."""
    assert counts(10, 0.45, 0.33, 0.22) == [5, 3, 2]


def test_equal_remainders_are_settled_by_id() -> None:
    assert counts(2, 1 / 3, 1 / 3, 1 / 3) == [1, 1, 0]


def test_a_share_of_nothing_gets_no_vehicle() -> None:
    assert counts(7, 1.0, 0.0) == [7, 0]


@given(
    total=st.integers(1, 10_000_000),
    weights=st.lists(st.integers(0, 10_000), min_size=1, max_size=12).filter(any),
)
def test_every_vehicle_is_placed_once_and_no_row_is_off_by_one(total: int, weights: list[int]) -> None:
    shares = [weight / sum(weights) for weight in weights]
    placed = counts(total, *shares)
    assert sum(placed) == total
    assert all(abs(count - total * share) < 1 + 1e-6 for count, share in zip(placed, shares, strict=True))


@given(order=st.permutations(range(5)))
def test_the_order_of_the_rows_makes_no_difference(order: list[int]) -> None:
    rows = mix(0.3, 0.3, 0.2, 0.15, 0.05)
    assert split(11, [rows[n] for n in order]) == split(11, rows)


def test_rows_of_one_use_and_class_add_up() -> None:
    rows = [row.model_copy(update={"use": "u0"}) for row in mix(0.5, 0.5)]
    assert split(9, rows) == {("u0", "bus"): 9}


def test_half_a_vehicle_is_no_target() -> None:
    with pytest.raises(InputError, match=r"targets.fcev: 10.5 is no whole number of vehicles"):
        split(10.5, mix(1.0))


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        read_fleet(load(write_project(folder, changes={"data/fleet_mix.csv": text})))
    return str(caught.value)


def test_shares_that_do_not_add_up_are_told_with_their_sum(tmp_path: Path) -> None:
    assert "data/fleet_mix.csv, share: the shares add up to 0.9, not to 1" in refusal(
        tmp_path, MIX.replace("0.4", "0.3")
    )


def test_an_unknown_class_is_told_with_its_row(tmp_path: Path) -> None:
    message = refusal(tmp_path, MIX.replace("2,tractor", "2,tracktor"))
    assert "data/fleet_mix.csv row 3, vehicle_class: 'tracktor' is no vehicle class" in message


def test_a_vehicle_needs_consumption_times_distance_times_active_share(tmp_path: Path) -> None:
    """Bus: 5 x 90 x 0.4, 10 x 100 x 0.5 and 12 x 120 x 0.8, each per 100 km."""
    each = read_fleet(load(write_project(tmp_path))).kg_per_vehicle_d("bus")
    assert (each.low, each.base, each.high) == pytest.approx((1.8, 5.0, 11.52))


def test_the_fleet_counts_by_use_and_class(tmp_path: Path) -> None:
    text = SCENARIO.replace("{2030: 100}", "{2030: 101}")
    fleet = read_fleet(load(write_project(tmp_path, changes={SCENARIO_FILE: text})))
    assert fleet.uses == ("districts", "highways", "logistics_hubs", "ports")
    assert fleet.count("districts", "bus", 2030) == 41
    assert fleet.count("ports", "tractor", 2030) == 20
    assert fleet.count("ports", "bus", 2030) == 0
    assert fleet.classes_of("districts") == ("bus",)
