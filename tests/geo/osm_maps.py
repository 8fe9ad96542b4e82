"""OpenStreetMap files for tests, written through osmium: nodes in km east and north of the centre, ways over them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import osmium
from osmium.osm.mutable import Node, Relation, Way

from tests.geo.worlds import position

Tags = Mapping[str, str]
PointsOf = Mapping[int, tuple[float, float] | tuple[float, float, Tags]]
WaysOf = Mapping[int, tuple[list[int], Tags]]


def write_pbf(
    path: Path, points: PointsOf, ways: WaysOf, relations: Mapping[int, tuple[Any, Tags]] | None = None
) -> Path:
    writer = osmium.SimpleWriter(str(path))
    for ident, point in sorted(points.items()):
        tags = point[2] if len(point) == 3 else {}
        writer.add_node(Node(id=ident, location=position(point[0], point[1]), tags=dict(tags), version=1))
    for ident, (refs, tags) in sorted(ways.items()):
        writer.add_way(Way(id=ident, nodes=refs, tags=dict(tags), version=1))
    for ident, (members, tags) in sorted((relations or {}).items()):
        writer.add_relation(Relation(id=ident, members=members, tags=dict(tags), version=1))
    writer.close()
    return path


def two_bank_city(path: Path) -> Path:
    """A river from north to south at x = 5 km with three crossings, 5 km apart.

    In the south a street bridge closed to lorries, in the middle a motorway bridge of two carriageways between toll
    gates, in the north a tunnel for 20 t. Streets run along both banks.
    """
    toll, joint = {"barrier": "toll_booth", "name": "东站"}, {"highway": "motorway_junction", "name": "东互通"}
    points: dict[int, Any] = {
        1: (3, 0), 2: (7, 0), 3: (3, 5), 4: (7, 5, joint), 5: (3, 10), 6: (7, 10),
        7: (5, 0.1), 8: (3, 5.1), 9: (7, 5.1), 10: (5, 5.1), 11: (5, 4.9), 12: (3, 2.5), 13: (8, 5, toll), 14: (9, 5),
        15: (9, 0), 20: (30, 30), 21: (31, 30), 22: (3, 12),
    }  # fmt: skip
    street = {"highway": "primary", "name": "沿江大道"}
    ways: dict[int, tuple[list[int], Tags]] = {
        100: ([1, 12, 3], street),
        101: ([3, 8, 5], street),
        102: ([2, 4], {"highway": "secondary", "maxspeed": "20 mph"}),
        103: ([4, 9, 6], {"highway": "secondary"}),
        110: ([1, 7, 2], {"highway": "trunk", "bridge": "yes", "bridge:name": "南桥", "hgv": "no"}),
        111: ([3, 11, 4], {"highway": "motorway", "bridge": "yes", "ref": "G4", "name": "京港澳", "toll": "yes"}),
        112: ([9, 10, 8], {"highway": "motorway", "bridge": "yes", "ref": "G4", "name": "京港澳", "toll": "yes"}),
        113: ([5, 6], {"highway": "tertiary", "tunnel": "yes", "maxweight": "20"}),
        114: ([4, 13, 14], {"highway": "trunk_link"}),
        115: ([14, 15, 2], {"highway": "construction", "construction": "primary", "opening_date": "2029-06"}),
        120: ([20, 21], {"highway": "primary", "name": "孤路"}),
        121: ([5, 22], {"highway": "secondary", "oneway": "yes"}),
        130: ([1, 22], {"highway": "residential"}),
        140: ([1, 2], {"waterway": "river"}),
    }
    return write_pbf(path, points, ways)
