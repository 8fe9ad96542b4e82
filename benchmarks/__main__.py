"""Benchmarks: `python -m benchmarks` prints a small round of all; a family takes `--instances`, `--only`, `--json`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.families import FAMILIES, PEERS, cases
from benchmarks.goals import goals_table
from benchmarks.run import compare, table


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "family",
        nargs="?",
        choices=(*FAMILIES, "growth", "demand", "outputs", "network_design"),
        help="one family; without: all",
    )
    parser.add_argument("--instances", type=Path, help="folder with pmed/, cap/, mclp/ as published")
    parser.add_argument("--only", default="", help="names of cases, with commas")
    parser.add_argument("--full", action="store_true", help="the large cases too; minutes")
    parser.add_argument("--peers", default="default", help="'all', 'none', or names with commas")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds a run")
    parser.add_argument("--json", action="store_true", help="one JSON line a run instead of a table")
    parser.add_argument("--plots", type=Path, default=Path("results/benchmarks"), help="folder for plots of growth")
    return parser.parse_args()


def chosen(asked: argparse.Namespace) -> list[dict[str, Any]]:
    """List the cases that are asked for; names given with --only are found among the large ones too."""
    only = {name for name in asked.only.split(",") if name}
    families = [asked.family] if asked.family else list(FAMILIES)
    listed = [case for family in families for case in cases(family, asked.instances, full=asked.full or bool(only))]
    missing = only - {case["name"] for case in listed}
    if missing:
        known = ", ".join(case["name"] for case in listed)
        sys.exit(f"no such case: {', '.join(sorted(missing))}; there are: {known}")
    return [case for case in listed if not only or case["name"] in only]


def peers_of(case: dict[str, Any], asked: str) -> list[str]:
    """List the peers to run beside h2plan."""
    if asked == "default":
        return list(case["peers"])
    if asked == "none":
        return []
    names = PEERS[case["family"]] if asked == "all" else asked.split(",")
    return [name for name in names if name in PEERS[case["family"]]]


def told_by_itself(asked: argparse.Namespace) -> bool:
    """Print what has tables of its own, if asked for: `growth`, `demand`, `outputs` (maps), `network_design`."""
    if asked.family == "growth":
        from benchmarks.growth import grow

        print(grow(asked.plots, limit_s=asked.limit, full=asked.full))
    elif asked.family == "demand":
        from benchmarks import demand

        demand.main(full=asked.full)
    elif asked.family == "outputs":
        from benchmarks import outputs

        outputs.main(full=asked.full)
    elif asked.family == "network_design":
        from benchmarks import network_design

        network_design.main(only=asked.only, full=asked.full, limit_s=asked.limit)
    else:
        return False
    return True


def main() -> None:
    """Run the cases and print them."""
    asked = options()
    if asked.instances is not None and not asked.instances.is_dir():
        sys.exit(f"--instances {asked.instances}: there is no such folder")
    if told_by_itself(asked):
        return
    figures = []
    for case in chosen(asked):
        for row in compare(case, peers=peers_of(case, asked.peers), limit_s=asked.limit):
            figures.append(row)
            if asked.json:
                print(json.dumps(row), flush=True)
            else:
                print(f"… {row['case']} {row['solver']}", file=sys.stderr, flush=True)
    if not asked.json:
        print(table(figures))
        print()
        print(goals_table(figures))
    if asked.family is None and not asked.only and not asked.json:
        from benchmarks import cli_start, demand, outputs, pipeline

        print()
        demand.main(full=asked.full)
        print()
        outputs.main(full=asked.full)
        print()
        cli_start.main()
        print()
        pipeline.main([])


if __name__ == "__main__":
    main()
