"""Measured pairs kept on disk under the hash of everything they depend on; safe to delete at any time."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from h2plan.geo.access import Connected
from h2plan.geo.roads import Metric
from h2plan.geo.travel import Reach, measure

VERSION = 2
"""Raise it whenever measuring changes: entries of other versions are never read."""
FOLDER = Path(".h2plan") / "cache"
WORTH_PAIRS = 1_000_000
"""Below so many origins times targets measuring is quicker than keeping."""
MOST_BYTES = 2_000_000_000


def measure_cached(
    folder: Path | None,
    connected: Connected,
    origins: Sequence[str],
    *,
    targets: Sequence[str],
    limit: float,
    metric: Metric = "min",
    closed: Collection[str] = frozenset(),
) -> Reach:
    """What `travel.measure` says, from the cache folder if it was measured before; None, or little, measures anew.

    The key covers network, positions, gates, ids, limit, metric and closed links. An entry that cannot be read, or a
    folder that cannot be written, costs the time of measuring and nothing else.
    """
    if folder is None or len(origins) * len(targets) < WORTH_PAIRS:
        return measure(connected, origins, targets=targets, limit=limit, metric=metric, closed=closed)
    key = _key(connected, origins, targets, limit=limit, metric=metric, closed=closed)
    path = folder / f"reach-v{VERSION}-{key}.npz"
    found = _read(path, origins, targets)
    if found is None:
        found = measure(connected, origins, targets=targets, limit=limit, metric=metric, closed=closed)
        _write(path, found)
    return found


def both_ways(
    connected: Connected,
    origins: Sequence[str],
    *,
    targets: Sequence[str],
    limit: float,
    metric: Metric = "min",
    closed: Collection[str] = frozenset(),
    folder: Path | None = None,
) -> tuple[Reach, Reach]:
    """Pairs in reach on the way to the targets, and on the way back, each within the limit; rows are (origin, target).

    Without one-way links both are the same.
    """
    there = measure_cached(folder, connected, origins, targets=targets, limit=limit, metric=metric, closed=closed)
    if not connected.is_directed:
        return there, there
    back = measure_cached(folder, connected, targets, targets=origins, limit=limit, metric=metric, closed=closed)
    order = np.lexsort((back.origin, back.target))
    return there, Reach(
        origin_ids=back.target_ids,
        target_ids=back.origin_ids,
        origin=back.target[order],
        target=back.origin[order],
        minutes=back.minutes[order],
        km=back.km[order],
    )


def _key(
    connected: Connected,
    origins: Sequence[str],
    targets: Sequence[str],
    *,
    limit: float,
    metric: Metric,
    closed: Collection[str],
) -> str:
    network, gates = connected.network, connected.gates
    arrays = (
        network.link_from,
        network.link_to,
        network.link_km,
        network.link_min,
        network.oneway,
        connected.lon,
        connected.lat,
        connected.bank,
        connected.road_bank,
        connected.link,
        connected.share,
        connected.leg_km,
        connected.leg_min,
        connected.forward,
        connected.backward,
        gates.start,
        gates.node,
        gates.minutes,
        gates.km,
        gates.link,
        gates.outward,
        gates.inward,
        connected.spots(origins),
        connected.spots(targets),
    )
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    texts = [VERSION, connected.access, limit, metric, sorted(closed), [*origins], [*targets]]
    texts += [[link.id for link in network.links]]
    digest.update(repr([str(text) if not isinstance(text, list) else text for text in texts]).encode())
    return digest.hexdigest()[:40]


def _read(path: Path, origins: Sequence[str], targets: Sequence[str]) -> Reach | None:
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            columns = {name: stored[name] for name in ("origin", "target", "minutes", "km")}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None
    return Reach(origin_ids=tuple(origins), target_ids=tuple(targets), **columns)


def _write(path: Path, reach: Reach) -> None:
    """Write beside the place and move there, so that a reader sees a whole entry or none."""
    draft = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_room(path.parent)
        handle, name = tempfile.mkstemp(prefix=".part-", suffix=".npz", dir=path.parent)
        draft = Path(name)
        with os.fdopen(handle, "wb") as stream:
            np.savez(stream, origin=reach.origin, target=reach.target, minutes=reach.minutes, km=reach.km)
        draft.replace(path)
    except OSError:
        if draft is not None:
            draft.unlink(missing_ok=True)


def _make_room(folder: Path) -> None:
    """Drop the oldest entries when the folder grows beyond its size, and those of other versions."""
    entries = [(path.stat().st_mtime, path.stat().st_size, path) for path in folder.glob("reach-v*.npz")]
    size = sum(entry[1] for entry in entries)
    for _, bytes_, path in sorted(entries, key=lambda entry: entry[0]):
        if size > MOST_BYTES or not path.name.startswith(f"reach-v{VERSION}-"):
            path.unlink(missing_ok=True)
            size -= bytes_
