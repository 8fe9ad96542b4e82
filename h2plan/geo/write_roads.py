"""Writing a cleaned road map as the tables of a project, with a report of what cleaning did."""

from __future__ import annotations

import csv
import shutil
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from h2plan.errors import EnvironmentFault
from h2plan.geo.clean import Cleaned, unique_ids
from h2plan.geo.raw_roads import RawRoads, Way
from h2plan.shipped import shipped_folder

PRECISION_M = 20.0
"""Honest error of an imported line: that of a hand-drawn street map (h2plan assumption, unverified)."""
LENGTH_DIGITS = 6
"""Kilometres to the millimetre, so that no merged length loses a metre."""
NODE_COLUMNS = ("id", "name", "name_en", "kind", "lon", "lat", "bank", "city", "precision_m", "source", "verified")
LINK_COLUMNS = (
    "id",
    "from_node",
    "to_node",
    "road",
    "class",
    "length_km",
    "speed_km_per_h",
    "oneway",
    "bridge",
    "tunnel",
    "toll",
    "river",
    "opened_yr",
    "along_link",
    "via",
    "source",
    "precision_m",
)
RULE_COLUMNS = (
    "id",
    "name",
    "name_en",
    "closed_to",
    "over_t",
    "default",
    "links",
    "roads",
    "classes",
    "inside",
    "hours",
    "grade",
    "source",
    "note",
)
Cell = str | float | int | None


def write_roads(cleaned: Cleaned, out: Path, *, origin: str) -> tuple[Path, ...]:
    """Write nodes.csv, links.csv, truck_access.csv (if any rule is known), speeds.csv and report.txt; returns them.

    The folder is filled beside its place and moved there when complete. Raises EnvironmentFault when it cannot be.
    """
    roads = cleaned.roads
    ways = unique_ids(roads.ways)
    ids = {way.id for way in ways}
    draft = out.with_name(f".{out.name}.part")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        _write(draft / "nodes.csv", NODE_COLUMNS, _node_rows(roads))
        _write(draft / "links.csv", LINK_COLUMNS, (_link_row(way, roads.source, ids) for way in ways))
        if rules := [*_rule_rows(ways, roads.source)]:
            _write(draft / "truck_access.csv", RULE_COLUMNS, rules)
        shutil.copyfile(shipped_folder() / "data" / "roads" / "speeds.csv", draft / "speeds.csv")
        (draft / "report.txt").write_text(report(cleaned, origin=origin), encoding="utf-8")
        if out.exists():
            out.rmdir()
        draft.rename(out)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise EnvironmentFault(f"cannot write {out}: {error.strerror or error}") from error
    return tuple(sorted(out.iterdir()))


def report(cleaned: Cleaned, *, origin: str) -> str:
    """What was read, what cleaning did, and what is left, one line each."""
    roads = cleaned.roads
    km = sum(way.length_km for way in roads.ways)
    lines = [f"roads read from {origin}", f"source: {roads.source}", ""]
    lines += [str(finding) for finding in cleaned.findings]
    lines += [f"note: {note}" for note in roads.notes]
    lines += ["", f"left: {len(roads.positions):,} nodes, {len(roads.ways):,} links, {km:,.1f} km"]
    return "\n".join(lines) + "\n"


def _write(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _node_rows(roads: RawRoads) -> Iterable[dict[str, Cell]]:
    for name, (lon, lat) in sorted(roads.positions.items()):
        yield {
            "id": name,
            "name": _cell(roads.names.get(name, "")),
            "kind": roads.kinds.get(name, "junction"),
            "lon": round(lon, 7),
            "lat": round(lat, 7),
            "bank": roads.banks.get(name, "none"),
            "precision_m": PRECISION_M,
            "source": _cell(roads.source),
            "verified": "partly",
        }


def _link_row(way: Way, source: str, ids: Collection[str]) -> dict[str, Cell]:
    traits = way.traits
    return {
        "id": way.id,
        "from_node": way.from_node,
        "to_node": way.to_node,
        "road": _cell(traits.road),
        "class": traits.road_class,
        "length_km": round(way.length_km, LENGTH_DIGITS),
        "speed_km_per_h": traits.speed_km_per_h,
        "oneway": "yes" if traits.oneway else "",
        "bridge": _cell(traits.bridge),
        "tunnel": _cell(traits.tunnel),
        "toll": "yes" if traits.toll else "",
        "river": traits.river,
        "opened_yr": traits.opened_yr,
        "along_link": traits.along_link if traits.along_link in ids else "",
        "via": ";".join(f"{lon:.7f} {lat:.7f}" for lon, lat in way.via),
        "source": _cell(source),
        "precision_m": PRECISION_M,
    }


def _rule_rows(ways: Sequence[Way], source: str) -> Iterable[dict[str, Cell]]:
    """One rule for roads closed to lorries, and one for each limit of mass."""
    if closed := [way.id for way in ways if not way.traits.trucks]:
        yield _rule("hgv-no", 0.0, links=closed, source=source, name="货车禁行", name_en="closed to lorries (tag hgv)")
    limited: dict[float, list[str]] = defaultdict(list)
    for way in ways:
        if way.traits.max_t is not None:
            limited[way.traits.max_t].append(way.id)
    for mass_t, links in sorted(limited.items()):
        name = f"maxweight-{mass_t:g}"
        name_en = f"closed above {mass_t:g} t (tag maxweight)"
        yield _rule(name, mass_t, links=links, source=source, name=f"限重{mass_t:g}吨", name_en=name_en)


def _rule(ident: str, over_t: float, *, links: Sequence[str], source: str, name: str, name_en: str) -> dict[str, Cell]:
    return {
        "id": ident,
        "name": name,
        "name_en": name_en,
        "closed_to": "trucks",
        "over_t": over_t,
        "default": "on",
        "links": ";".join(links),
        "hours": "all day",
        "grade": "U",
        "source": _cell(source),
        "note": "as tagged by mappers; read the notice of the road's authority before use",
    }


def _cell(text: str) -> str:
    """Text of a map as one printable cell: no line breaks, and no beginning that a spreadsheet takes for a formula."""
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return plain.lstrip("=+-@")
