"""Layers as arrays for GDAL: geometries as WKB, columns with masks for missing values."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError, FieldError, GeometryError
from pyogrio.raw import write

from h2plan.errors import EnvironmentFault
from h2plan.outputs._layers import Kind, Layer, Lines, Shape
from h2plan.outputs._tables import Cell

WRITTEN_AT = "2000-01-01T00:00:00.000Z"
"""Stands in files instead of the clock, so that equal plans give equal bytes."""
GEOMETRY_TYPES: dict[Shape, str] = {"point": "Point", "line": "MultiLineString"}
BLANK: dict[Kind, Any] = {"text": "", "real": np.nan, "integer": 0, "boolean": False}
DTYPES: dict[Kind, Any] = {"text": object, "real": np.float64, "integer": np.int64, "boolean": np.bool_}


def wkb(layer: Layer) -> NDArray[np.object_]:
    """Return the place of each row as WKB; None where it has none."""
    made = [_shape(place, layer.shape) for place in layer.places]
    found = np.empty(len(made), dtype=object)
    found[:] = [None if one is None else shapely.to_wkb(one) for one in made]
    return found


def _shape(place: Lines, shape: Shape) -> Any:
    if not place:
        return None
    return shapely.Point(place[0][0]) if shape == "point" else shapely.MultiLineString([list(line) for line in place])


def arrays(layer: Layer) -> tuple[list[NDArray[Any]], list[NDArray[np.bool_]]]:
    """Return the columns of a layer and, for each, where it is missing."""
    data, masks = [], []
    for at, field in enumerate(layer.fields):
        cells: Sequence[Cell] = [row[at] for row in layer.rows]
        mask = np.array([cell is None for cell in cells], dtype=np.bool_)
        column = np.empty(len(cells), dtype=DTYPES[field.kind])
        column[:] = [BLANK[field.kind] if cell is None else cell for cell in cells]
        data.append(column)
        masks.append(mask)
    return data, masks


def write_vector(
    path: Path, layer: Layer, /, *, driver: str, crs: str | None, names: Sequence[str], **how: Any
) -> None:
    """Write one layer with GDAL and count it again.

    Raises:
        EnvironmentFault: GDAL could not write it all, as on a full disk.
    """
    data, masks = arrays(layer)
    spatial = layer.shape != "none"
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="'crs' was not provided")  # the file's name says what it is
            write(
                str(path),
                wkb(layer) if spatial else None,
                data,
                np.array(names, dtype=object),
                field_mask=masks,
                driver=driver,
                geometry_type=GEOMETRY_TYPES.get(layer.shape),
                crs=crs,
                **how,
            )
    except (DataSourceError, DataLayerError, FieldError, GeometryError) as error:
        raise EnvironmentFault(f"{path.name}, {layer.name}: GDAL could not write it: {error}") from error


@contextmanager
def steady_gdal() -> Iterator[None]:
    """Let GDAL write a fixed moment instead of now, and not wait for the disk after each table of a file."""
    settings = {"OGR_CURRENT_DATE": WRITTEN_AT, "OGR_SQLITE_SYNCHRONOUS": "OFF"}
    pyogrio.set_gdal_config_options(settings)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(dict.fromkeys(settings))
