"""Whatever a layer of objects holds, the reader returns it whole or refuses it as bad input."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from h2plan.errors import InputError
from h2plan.geo.objects import SHAPES, read_things
from h2plan.geo.parcels import read_parcels
from h2plan.tables.positions import Region

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(10**400)
VALUES = st.recursive(
    SCALARS, lambda part: st.lists(part, max_size=4) | st.dictionaries(st.text(max_size=4), part), max_leaves=8
)
NUMBER = st.floats(-200, 200) | SCALARS
POSITION = st.lists(NUMBER, max_size=3)
RING = st.lists(POSITION, max_size=6)
COORDINATES = POSITION | RING | st.lists(RING, max_size=3) | st.lists(st.lists(RING, max_size=2), max_size=2) | VALUES
GEOMETRY = (
    st.fixed_dictionaries({"type": st.sampled_from(sorted(SHAPES)) | VALUES, "coordinates": COORDINATES}) | VALUES
)
NAMES = st.sampled_from(["id", "name", "kind", "use", "amount", "verdict"])
FEATURE = st.fixed_dictionaries({"geometry": GEOMETRY, "properties": st.dictionaries(NAMES, VALUES) | VALUES}) | VALUES
DOCUMENT = st.fixed_dictionaries({"features": st.lists(FEATURE, max_size=3) | VALUES}) | VALUES


@settings(max_examples=150, deadline=None)
@given(DOCUMENT)
def test_only_bad_input_leaves_the_readers(document: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layer.geojson"
        path.write_text(json.dumps(document), encoding="utf-8")
        for read in (_things, _parcels):
            try:
                found = read(path)
            except InputError:
                continue
            assert found


def _things(path: Path) -> tuple[Any, ...]:
    return read_things(path, where="layer.geojson", crs="wgs84")


def _parcels(path: Path) -> tuple[Any, ...]:
    region = Region(-180, 180, -90, 90)
    given_cells = {"name_en": "P", "kind": "depot", "city": "城", "bank": "none", "source": "x", "verified": "no"}
    return read_parcels(path, where="layer.geojson", crs="wgs84", given=given_cells, survey_m=0, region=region)
