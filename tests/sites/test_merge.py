"""One place in two tables is one site."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from h2plan.domain import Land, Site
from h2plan.errors import InputError
from h2plan.scenario_screen import MergeSection
from h2plan.sites._merge import merge


def site(name: str, **more: object) -> Site:
    fields: dict[str, object] = {
        "id": name.lower(),
        "name": name,
        "kind": "port",
        "city": "武汉市",
        "lon": 114.3,
        "lat": 30.6,
        "precision_m": 100.0,
        "source": "made up",
        "verified": "partly",
    }
    return Site(**{**fields, **more})  # type: ignore[arg-type]


def test_places_apart_stay_apart() -> None:
    merged = merge([site("B", lon=114.4), site("A")])
    assert [place.id for place in merged.sites] == ["a", "b"]
    assert not merged.into
    assert not merged.notes


def test_rows_of_one_name_in_one_city_are_one_place() -> None:
    merged = merge([site("A", id="first"), site("A", id="second", lon=114.305)])
    assert [place.id for place in merged.sites] == ["first"]
    assert merged.into == {"second": "first"}
    assert merged.notes == ("second (A) is the same place as first (A): merged",)


def test_rows_of_one_name_in_two_cities_are_two_places() -> None:
    assert len(merge([site("A", id="1"), site("A", id="2", lon=115.0, city="黄石市")]).sites) == 2


def test_rows_of_one_name_far_apart_are_told_to_the_user() -> None:
    with pytest.raises(InputError, match=r"sites, 2: has the name of 1, 'A', but stands 9\.6 km from it") as caught:
        merge([site("A", id="1"), site("A", id="2", lon=114.4)])
    assert caught.value.faults[0].hint is not None


def test_rows_of_one_name_may_lie_as_far_apart_as_their_positions_are_bad() -> None:
    assert len(merge([site("A", id="1", precision_m=9000), site("A", id="2", lon=114.4)]).sites) == 1


def test_rows_at_one_position_are_one_place() -> None:
    merged = merge([site("A"), site("B", lon=114.3 + 1e-7)])
    assert [place.id for place in merged.sites] == ["a"]
    assert "also port B" in merged.sites[0].note


def test_what_stands_wins_over_what_is_better_verified_or_listed_first() -> None:
    built = site("B", built_kg_per_d=500.0, verified="no")
    assert merge([site("A", verified="yes"), built]).sites[0].id == "b"


def test_the_better_verified_row_wins_then_the_first() -> None:
    assert merge([site("A", verified="no"), site("B", verified="yes")]).sites[0].id == "b"
    assert merge([site("B"), site("A")]).sites[0].id == "b"


@pytest.mark.parametrize("status", ["required", "forbidden"])
def test_the_mark_of_the_losing_row_is_kept(status: str) -> None:
    built = site("B", built_kg_per_d=500.0)
    assert merge([built, site("A", status=status)]).sites[0].status == status


def test_a_place_required_in_one_row_and_forbidden_in_another_is_a_contradiction() -> None:
    with pytest.raises(InputError, match="sites, b: is forbidden, but a, the same place, is required"):
        merge([site("A", status="required"), site("B", status="forbidden")])


def test_the_smaller_allowance_holds() -> None:
    assert merge([site("A"), site("B", max_kg_per_d=500.0)]).sites[0].max_kg_per_d == 500
    assert merge([site("A", max_kg_per_d=300.0), site("B", max_kg_per_d=500.0)]).sites[0].max_kg_per_d == 300


def test_the_same_row_in_two_tables_is_no_news() -> None:
    merged = merge([site("A"), site("A")])
    assert len(merged.sites) == 1
    assert not merged.notes


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_an_id_that_stands_for_two_places_is_refused_even_if_one_was_merged_away(order: tuple[int, ...]) -> None:
    rows = [site("A", verified="yes"), site("B", id="x"), site("C", id="x", lon=114.5)]
    with pytest.raises(InputError, match="sites, x: the id stands for two places"):
        merge([rows[n] for n in order])


def test_an_id_for_two_places_names_both() -> None:
    with pytest.raises(InputError, match="two places, A and B"):
        merge([site("A", id="x"), site("B", id="x", lon=114.5)])


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_order_of_unlike_rows_changes_nothing(order: tuple[int, ...]) -> None:
    rows = [
        site("A", verified="no"),
        site("B", verified="yes"),
        site("C", lon=114.31, built_kg_per_d=200.0),
        replace(site("C", lon=114.31), id="c2", verified="yes"),
    ]
    merged = merge([rows[n] for n in order])
    assert [(place.id, place.is_built) for place in merged.sites] == [("b", False), ("c", True)]
    assert merged.into == {"a": "b", "c2": "c"}


def test_names_are_compared_without_width_case_blanks_and_punctuation() -> None:
    merged = merge([site("Ａ站 (东)", id="1"), site("a站（东）", id="2", lon=114.301)])
    assert merged.into == {"2": "1"}


def test_words_that_are_dropped_do_not_tell_places_apart() -> None:
    rows = [site("群力加油站", id="1"), site("群力", id="2", lon=114.301)]
    assert len(merge(rows).sites) == 2
    assert merge(rows, MergeSection(drop_words=("加油站",))).into == {"2": "1"}


@pytest.mark.parametrize(("lat", "count"), [(30.6 + 0.00044, 1), (30.6 + 0.00046, 2)])
def test_rows_nearer_than_asked_are_one_place_whatever_their_names(lat: float, count: int) -> None:
    # A degree of latitude is 110.86 km here: 0.00044 degrees are 48.8 m, 0.00046 are 51.0 m.
    rows = [site("A"), site("B", lat=lat)]
    assert len(merge(rows, MergeSection(same_place_m=50)).sites) == count


def test_near_rows_are_one_place_only_if_their_names_are_alike() -> None:
    near = {"lat": 30.601}
    section = MergeSection(similar_m=200, likeness=0.8)
    assert len(merge([site("武汉群力站", id="1"), site("武汉群力东站", id="2", **near)], section).sites) == 1
    assert len(merge([site("武汉群力站", id="1"), site("阳逻港", id="2", **near)], section).sites) == 2


def test_the_report_says_which_row_won_and_why() -> None:
    rows = [site("A"), site("B", verified="yes"), site("C", lat=30.7), site("C", id="c2", lat=30.7, built_kg_per_d=1.0)]
    told = {(row.kept, row.gone): (row.same_because, row.won_because) for row in merge(rows).rows}
    assert told == {
        ("b", "a"): ("same position", "verified yes against partly"),
        ("c2", "c"): ("same name", "stands already"),
    }


def test_what_only_the_losing_row_knows_of_the_land_is_kept() -> None:
    rows = [site("A", land=Land(land_m2=4000.0)), site("B", land=Land(land_m2=9.0, tank_m3=60.0))]
    assert merge(rows).sites[0].land == Land(land_m2=4000.0, tank_m3=60.0)
