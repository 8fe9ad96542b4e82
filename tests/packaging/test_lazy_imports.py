"""Asking for help loads no library that only planning needs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = (
    "pyomo",
    "geopandas",
    "folium",
    "highspy",
    "pydantic",
    "rich",
    "pandas",
    "scipy",
    "numpy",
    "networkx",
    "shapely",
)
ASK_FOR_HELP = """
import json, sys
sys.argv = ["h2plan", "--help"]
from h2plan.cli import main
try:
    code = main()
except SystemExit as end:
    code = end.code
print("\\n" + json.dumps({"code": code, "loaded": sorted(set(sys.modules))}))
"""
IMPORT_THE_FRONT_DOOR = """
import json, sys
import h2plan
print("\\n" + json.dumps({"code": 0, "loaded": sorted(set(sys.modules))}))
"""


def heavy_after(code: str) -> list[str]:
    """Run a piece of Python in a fresh process and name the heavy libraries that it loaded."""
    run = [sys.executable, "-c", code]
    ran = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert ran.returncode == 0, ran.stderr
    report = json.loads(ran.stdout.splitlines()[-1])
    assert report["code"] in (0, None)
    return [name for name in HEAVY if name in report["loaded"]]


def test_help_loads_no_heavy_library() -> None:
    assert heavy_after(ASK_FOR_HELP) == []


def test_importing_the_front_door_loads_no_heavy_library() -> None:
    assert heavy_after(IMPORT_THE_FRONT_DOOR) == []
