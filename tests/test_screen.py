"""The siting screen: what is set aside, what stays, and what nobody can say."""

from __future__ import annotations

import pytest
from shapely.geometry import box

from h2plan.domain import Site, Verdict
from h2plan.errors import InputError
from h2plan.geo.crs import LocalPlane
from h2plan.geo.layers import Area
from h2plan.scenario_screen import BarredArea
from h2plan.screen import Screening, screen

CENTRE = LocalPlane(114.3, 30.6)
"""Around it, the closed square: 1 km from the middle to each side."""


def square(rule: str = "centre", half_m: float = 1000.0) -> tuple[BarredArea, tuple[Area, ...]]:
    (west, east), (south, north) = CENTRE.to_lonlat([-half_m, half_m], [-half_m, half_m])
    area = BarredArea(file=f"data/{rule}.geojson", crs="wgs84", rule=rule, reason=f"inside the {rule}")
    return area, (Area(name=rule, polygon=box(west, south, east, north)),)


def site(east_m: float, **more: object) -> Site:
    lon, lat = CENTRE.to_lonlat(east_m, 0.0)
    fields: dict[str, object] = {
        "id": f"at {east_m:g}",
        "name": f"place {east_m:g}",
        "kind": "port",
        "city": "武汉市",
        "lon": float(lon),
        "lat": float(lat),
        "precision_m": 0.0,
        "source": "made up",
        "verified": "yes",
    }
    return Site(**{**fields, **more})  # type: ignore[arg-type]


def screened(
    *sites: Site,
    areas: tuple[tuple[BarredArea, tuple[Area, ...]], ...] | None = None,
    required: tuple[str, ...] = (),
    forbidden: tuple[str, ...] = (),
    drop_reviews: bool = False,
) -> Screening:
    return screen(
        sites,
        (square(),) if areas is None else areas,
        city="武汉市",
        required=frozenset(required),
        forbidden=frozenset(forbidden),
        drop_reviews=drop_reviews,
    )


def verdict(one: Site) -> Verdict:
    return screened(one, site(-5000)).verdicts[0]


def test_a_site_inside_a_closed_area_is_barred_with_rule_and_metres() -> None:
    found = verdict(site(0))
    assert (found.verdict, found.rule, found.reason) == ("barred", "centre", "inside the centre")
    assert found.measured_m == pytest.approx(-1000, abs=0.2)


@pytest.mark.parametrize(("east_m", "expected"), [(999.5, "barred"), (1000.5, "pass"), (5000, "pass")])
def test_the_border_divides_exactly_known_places(east_m: float, expected: str) -> None:
    assert verdict(site(east_m)).verdict == expected


@pytest.mark.parametrize(("away_m", "expected"), [(49.9, "review"), (50.1, "pass")])
def test_a_distance_counts_only_beyond_the_error_of_the_position(away_m: float, expected: str) -> None:
    found = verdict(site(1000 + away_m, precision_m=50.0))
    assert found.verdict == expected
    assert (found.measured_m is not None) == (expected == "review")


def test_a_position_worse_than_500_m_never_passes() -> None:
    assert verdict(site(9000, precision_m=500.0)).verdict == "pass"
    found = verdict(site(9000, precision_m=500.1))
    assert (found.verdict, found.rule) == ("review", "position")


def test_the_nearest_of_two_areas_is_named_in_a_review() -> None:
    areas = (square("wide", 1000.0), square("wider", 1200.0))
    found = screened(site(1250, precision_m=300.0), site(-5000), areas=areas).verdicts[0]
    assert (found.verdict, found.rule) == ("review", "wider")


def test_being_inside_any_area_bars() -> None:
    areas = (square("small", 100.0), square("wide", 1000.0))
    assert screened(site(500), areas=areas).verdicts[0].rule == "wide"


def test_a_station_that_stands_stays_inside_a_closed_area() -> None:
    found = screened(site(0, built_kg_per_d=500.0))
    assert found.verdicts[0].verdict == "pass"
    assert len(found.kept) == 1


def test_a_station_that_stands_cannot_be_forbidden() -> None:
    with pytest.raises(InputError, match=r"limits.forbidden, at 0: place 0 stands already"):
        screened(site(0, built_kg_per_d=500.0), forbidden=("at 0",))


def test_a_site_of_another_city_is_outside_the_plan_even_if_it_stands() -> None:
    found = screened(site(5000, city="黄石市", built_kg_per_d=500.0))
    assert (found.verdicts[0].verdict, found.verdicts[0].rule) == ("barred", "plan area")
    assert found.verdicts[0].reason == "lies in 黄石市, not in 武汉市"
    assert not found.kept


def test_a_forbidden_site_is_barred_by_the_user() -> None:
    found = screened(site(5000), forbidden=("at 5000",)).verdicts[0]
    assert (found.verdict, found.rule) == ("barred", "user")


@pytest.mark.parametrize("one", [site(0), site(5000, id="at 0", city="黄石市")])
def test_a_required_site_that_is_barred_is_an_error(one: Site) -> None:
    with pytest.raises(InputError, match=r"limits.required, at 0: .* is barred by '(centre|plan area)'"):
        screened(one, required=("at 0",))


def test_reviews_are_kept_or_dropped_as_the_user_wants() -> None:
    sites = (site(9000, precision_m=3000.0), site(7000), site(0))
    assert [s.id for s in screened(*sites).kept] == ["at 9000", "at 7000"]
    assert [s.id for s in screened(*sites, drop_reviews=True).kept] == ["at 7000"]


def test_a_required_site_under_review_stays_even_if_reviews_are_dropped() -> None:
    kept = screened(site(9000, precision_m=3000.0), required=("at 9000",), drop_reviews=True).kept
    assert [s.id for s in kept] == ["at 9000"]


def test_without_any_area_only_positions_are_judged() -> None:
    assert [v.verdict for v in screened(site(0), site(1, precision_m=800.0), areas=()).verdicts] == ["pass", "review"]


def test_every_site_has_one_verdict_in_the_order_given() -> None:
    sites = [site(x) for x in (0, 2000, -2000, 5)]
    assert [v.site_id for v in screened(*sites).verdicts] == [s.id for s in sites]


def test_no_sites_make_an_empty_screening() -> None:
    assert screened() == Screening(kept=(), verdicts=())
