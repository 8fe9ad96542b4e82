"""Places in the river and on the other bank than they name. The river of this world runs from x = 4 km to x = 6 km."""

import pytest

from h2plan.domain import Place
from h2plan.geo.riverside import Riverside, riverside
from tests.geo.worlds import gateway, place, street, two_banks


def told(*places: Place) -> Riverside:
    return riverside(two_banks(), places, where="sites.csv")


def test_a_place_in_the_river_off_the_other_bank_is_named_with_both_distances() -> None:
    found = told(place("p", 5.7, 5, bank="left"))
    assert [str(fault) for fault in found.faults] == [
        (
            "sites.csv, bank: p (place p): says left bank, but stands 300 m from link right-street on the right bank"
            " and 1,700 m from the nearest road of its own: it stands in the river or across (correct its bank or its"
            " position)"
        )
    ]
    assert found.notes == ()


@pytest.mark.parametrize(("x_km", "fault"), [(5.51, 1), (5.49, 0), (6.49, 1), (6.51, 0)])
def test_only_places_within_half_a_kilometre_of_the_other_banks_roads_are_refused(x_km: float, fault: int) -> None:
    assert len(told(place("p", x_km, 5, bank="left", precision_m=0)).faults) == fault


@pytest.mark.parametrize("bank", ["left", "right", "none"])
def test_a_place_amid_the_river_is_noted_whatever_bank_it_names(bank: str) -> None:
    found = told(place("p", 5.0, 5, bank=bank))
    assert found.faults == ()
    (note,) = found.notes
    assert "may stand in the river" in note
    assert "p (place p)" in note


def test_places_on_the_shore_and_inland_are_left_in_peace() -> None:
    shore, inland = place("p", 4.4, 5, bank="left"), place("q", 2, 5, bank="left")
    assert told(shore, inland, place("r", 6.1, 5, bank="right")) == Riverside()


def test_a_place_known_too_roughly_is_left_in_peace() -> None:
    assert told(place("p", 5.7, 5, bank="left", precision_m=1_000), place("q", 5, 5, precision_m=600)) == Riverside()


def test_without_a_river_between_banks_nothing_is_asked() -> None:
    assert riverside(street(), [place("p", 3, 2)], where="sites.csv") == Riverside()
    assert riverside(two_banks(), [], where="sites.csv") == Riverside()
    assert told(gateway("city", 5, 5, ("L0",))) == Riverside()
