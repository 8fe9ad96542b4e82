"""Which Chinese font of this machine draws the text of figures that are turned into pictures."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

KNOWN: tuple[tuple[str, str], ...] = (
    ("notosanscjk", "Noto Sans CJK SC"),
    ("notosanssc", "Noto Sans SC"),
    ("sourcehansans", "Source Han Sans SC"),
    ("msyh", "Microsoft YaHei"),
    ("pingfang", "PingFang SC"),
    ("simhei", "SimHei"),
    ("wqy-microhei", "WenQuanYi Micro Hei"),
    ("wqy-zenhei", "WenQuanYi Zen Hei"),
    ("droidsansfallback", "Droid Sans Fallback"),
)
"""Beginning of the file name, small letters, to the family; the best one first."""
ENDINGS = frozenset({".ttf", ".otf", ".ttc"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Font:
    """A font file and the family that names it."""

    family: str
    file: Path


def font_folders() -> tuple[Path, ...]:
    """Return the folders where this kind of machine keeps its fonts."""
    home = Path.home()
    windows = Path(os.environ.get("SYSTEMROOT", "C:/Windows")) / "Fonts"
    system = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("/Library/Fonts"))
    own = (home / ".local/share/fonts", home / ".fonts", home / "Library/Fonts")
    return (*system, Path("/System/Library/Fonts"), windows, *own)


def chinese_font(folders: Iterable[Path] | None = None) -> Font | None:
    """Return the best Chinese font at hand; None where there is none."""
    found = {file.name.lower(): file for file in _fonts(font_folders() if folders is None else folders)}
    for beginning, family in KNOWN:
        fitting = sorted(name for name in found if name.startswith(beginning))
        if fitting:
            regular = next((name for name in fitting if "regular" in name), fitting[0])
            return Font(family=family, file=found[regular])
    return None


def _fonts(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        if folder.is_dir():
            yield from (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in ENDINGS)
