"""The command line. Everything heavy is imported inside a command, so that --help answers at once."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from h2plan.errors import EnvironmentFault, H2planError, InputError

if TYPE_CHECKING:
    from h2plan.pipeline import Outcome

app = typer.Typer(
    name="h2plan",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Plan hydrogen refuelling stations: where, how large, for whom, at what cost, and why.

    Begin with 'h2plan init wuhan', then 'h2plan plan scenarios/wuhan-2030.yaml' in the new folder.

    Exit codes: 0 done, 1 a bug of ours, 2 usage, 3 bad input, 4 verification failed, 5 infeasible, 6 limit reached
    without a plan, 7 environment (disk, memory, missing tool), 130 interrupted.
    """,
)

ScenarioFile = Annotated[Path, typer.Argument(help="Scenario file (YAML), for instance scenarios/wuhan-2030.yaml.")]
Json = Annotated[bool, typer.Option("--json", help="Write one JSON document to standard output, nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print the result only: no stages, no progress.")]


@app.command()
def init(
    name: Annotated[str, typer.Argument(help="Which shipped project to start from: wuhan.")] = "wuhan",
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write; default: ./NAME.")] = None,
    as_json: Json = False,
) -> None:
    """Write a project folder: tables in data/, scenarios in scenarios/. Change them and plan your own city."""
    with _errors(as_json=as_json):
        from h2plan.starter import copy_starter

        folder = copy_starter(name, out or Path(name))
        scenarios = sorted(path.relative_to(folder).as_posix() for path in (folder / "scenarios").glob("*.yaml"))
        if as_json:
            _print_json({"folder": str(folder), "scenarios": scenarios})
            return
        print(f"project folder: {folder}")
        print(f"scenarios: {', '.join(scenarios)}")
        print(f"next: cd {folder} && h2plan plan scenarios/wuhan-2030.yaml")


@app.command()
def check(scenario: ScenarioFile, as_json: Json = False) -> None:
    """Test a scenario, its tables and its limits; all faults of a file come together. Nothing is solved or written."""
    with _errors(as_json=as_json):
        from h2plan import pipeline
        from h2plan.prepare import prepare
        from h2plan.refuse import check as check_limits

        project = pipeline.check(scenario)
        prepared = prepare(project)
        check_limits(prepared.problem, model=project.scenario.model.use)
        verdicts = [entry.verdict for entry in prepared.screening.verdicts]
        facts = {
            "scenario": project.scenario.name,
            "sites": len(prepared.screening.kept),
            "sites_barred": verdicts.count("barred"),
            "sites_to_review": verdicts.count("review"),
            "rows_without_position": len(prepared.gathered.unplaced),
            "demand_rows": len(prepared.problem.demand_ids) + len(prepared.problem.unreached),
            "demand_out_of_reach": len(prepared.problem.unreached),
            "demand_kg_per_d": round(prepared.problem.total_kg_per_d, 3),
            "pairs_in_reach": len(prepared.problem.pairs.demand),
        }
        if as_json:
            _print_json({"ok": True, **facts, "notes": list(prepared.notes)})
            return
        print(f"{scenario}: no fault found")
        for label, value in facts.items():
            print(f"  {label:22} {value:,}" if isinstance(value, (int, float)) else f"  {label:22} {value}")
        for note in prepared.notes:
            print(f"  note: {note}")


@app.command()
def plan(
    scenario: ScenarioFile,
    out: Annotated[Path | None, typer.Option("--out", help="Results folder; default: results/<name>.")] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Plan a scenario: read, screen, measure, solve, verify, and write map, lists and report."""
    with _errors(as_json=as_json):
        from h2plan import pipeline, terminal

        with terminal.watch(quiet=quiet or as_json) as screen:
            outcome = pipeline.plan(scenario, out=out, say=screen.stage, on_progress=screen.progress)
        if as_json:
            _print_json(_outcome_json(outcome))
        else:
            terminal.show_outcome(outcome, quiet=quiet)
    if outcome.plan.stopped == "interrupted":
        raise typer.Exit(130)


@app.command()
def verify(
    results: Annotated[Path, typer.Argument(help="Results folder, for instance results/wuhan-2030.")],
    as_json: Json = False,
) -> None:
    """Recompute a plan from its results folder alone, without the solver, and print what was checked."""
    with _errors(as_json=as_json):
        import dataclasses

        from h2plan import terminal
        from h2plan.plan.verify import verify as recheck

        certificate = recheck(results)
        if as_json:
            _print_json(dataclasses.asdict(certificate))
        else:
            terminal.show_certificate(certificate)
    if certificate.verdict != "pass":
        raise typer.Exit(4)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the plug-ins: sources of sites and demand, models, outputs."""
    with _errors(as_json=as_json):
        from h2plan import plugins

        found = {
            package: {name: _first_line(plugins.find(package, name).__doc__) for name in plugins.names(package)}
            for package in plugins.VERBS
        }
        if as_json:
            _print_json(found)
            return
        for package, modules in found.items():
            print(package)
            for name, line in modules.items():
                print(f"  {name:18} {line}")


@app.command()
def schema(
    as_json: Annotated[bool, typer.Option("--json", help="The schema is JSON in any case.")] = False,
) -> None:
    """Print the JSON Schema of scenario files, the options of every plug-in included, for editors."""
    with _errors(as_json=as_json):
        from h2plan import plugins

        _print_json(plugins.complete_schema())


def main() -> None:
    """Run the command line."""
    app()


def _first_line(text: str | None) -> str:
    return (text or "").strip().splitlines()[0]


def _print_json(value: Mapping[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))


def _outcome_json(outcome: Outcome) -> dict[str, Any]:
    import dataclasses

    return {
        "scenario": outcome.plan.scenario,
        "verdict": outcome.certificate.verdict,
        "stopped": outcome.plan.stopped,
        "figures": dataclasses.asdict(outcome.plan.figures),
        "goals": [dataclasses.asdict(goal) for goal in outcome.plan.goals],
        "alternatives": [dataclasses.asdict(entry) for entry in outcome.plan.alternatives],
        "folder": str(outcome.folder),
        "files": [str(path) for path in outcome.files],
        "seconds": {stage: round(value, 3) for stage, value in outcome.seconds.items()},
    }


@contextmanager
def _errors(*, as_json: bool) -> Iterator[None]:
    """Turn our errors into sentences and exit codes; anything else is a bug and says so."""
    try:
        yield
    except H2planError as error:
        _report(error, as_json=as_json)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        _say("interrupted; nothing was written")
        raise typer.Exit(130) from None
    except MemoryError:
        _report(EnvironmentFault("not enough memory for this scenario"), as_json=as_json)
        raise typer.Exit(EnvironmentFault.exit_code) from None
    except (typer.Exit, BrokenPipeError):  # `h2plan schema | head` is no bug: typer ends it quietly
        raise
    except Exception:  # noqa: BLE001  # the one place where a bug becomes exit code 1 instead of a bare traceback
        _say(traceback.format_exc())
        _say("this is a bug of h2plan, not of your input; please report it with the scenario and the lines above")
        raise typer.Exit(1) from None


def _report(error: H2planError, *, as_json: bool) -> None:
    if as_json:
        import dataclasses

        faults = [dataclasses.asdict(fault) for fault in error.faults] if isinstance(error, InputError) else []
        _print_json({"ok": False, "error": type(error).__name__, "message": str(error), "faults": faults})
        return
    _say(str(error))


_say: Callable[[str], None] = lambda text: print(text, file=sys.stderr)  # noqa: E731
