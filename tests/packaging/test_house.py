"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "h2plan"
LINES_MAX = 400
STANDARD_LIBRARY_ONLY = ("domain.py", "domain_law.py", "domain_roads.py", "errors.py")
VERBS = {"models": "build", "sites": "collect", "demand": "read", "outputs": "write"}


def modules() -> list[Path]:
    """List every module of the package."""
    found = sorted(PACKAGE.rglob("*.py"))
    assert found
    return found


def tree_of(path: Path) -> ast.Module:
    """Parse a module."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def short(path: Path) -> str:
    """Name a file from the root of the checkout."""
    return path.relative_to(ROOT).as_posix()


def imported_by(tree: ast.Module) -> Iterator[str]:
    """Name the module of every import, those inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def plugins(folder: str) -> list[str]:
    """Name the public modules of a plug-in folder."""
    found = sorted(path.stem for path in (PACKAGE / folder).glob("*.py") if not path.stem.startswith("_"))
    assert found, f"h2plan/{folder} holds no plug-in"
    return found


def test_domain_and_errors_import_the_standard_library_only() -> None:
    foreign = {
        (name, module)
        for name in STANDARD_LIBRARY_ONLY
        for module in imported_by(tree_of(PACKAGE / name))
        if module.partition(".")[0] not in sys.stdlib_module_names and module != "h2plan.domain"
    }
    assert foreign == set()


def test_every_module_opens_with_one_sentence() -> None:
    silent = [short(path) for path in modules() if not (ast.get_docstring(tree_of(path)) or "").strip()]
    assert silent == []


def test_no_source_file_is_longer_than_a_reader_holds() -> None:
    sources = [path for suffix in ("py", "js", "css") for path in PACKAGE.rglob(f"*.{suffix}")]
    lengths = {short(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources}
    assert {name: lines for name, lines in lengths.items() if lines > LINES_MAX} == {}


def test_only_the_command_line_prints() -> None:
    printing = [
        f"{short(path)}:{node.lineno}"
        for path in modules()
        if path != PACKAGE / "cli.py"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printing == []


def test_every_plug_in_has_strict_options() -> None:
    loose = []
    for folder in VERBS:
        for name in plugins(folder):
            options = getattr(importlib.import_module(f"h2plan.{folder}.{name}"), "Options", None)
            if not isinstance(options, type) or not issubclass(options, BaseModel):
                loose.append(f"{folder}/{name} has no Options")
            elif options.model_config.get("extra") != "forbid" or not options.model_config.get("frozen"):
                loose.append(f"{folder}/{name} has Options that are not frozen or allow unknown keys")
    assert loose == []


def test_every_plug_in_has_its_one_verb_and_no_other() -> None:
    unlike = {}
    for folder, verb in VERBS.items():
        for name in plugins(folder):
            module = importlib.import_module(f"h2plan.{folder}.{name}")
            own = [
                function
                for function, value in vars(module).items()
                if inspect.isfunction(value) and value.__module__ == module.__name__ and not function.startswith("_")
            ]
            if own != [verb]:
                unlike[f"{folder}/{name}"] = own
    assert unlike == {}


def test_pyomo_and_highs_stay_behind_models_and_solve() -> None:
    inside = {PACKAGE / "models", PACKAGE / "solve"}
    outside = [path for path in modules() if not inside & set(path.parents) and path != PACKAGE / "optimise.py"]
    solving = {
        (short(path), module)
        for path in outside
        for module in imported_by(tree_of(path))
        if module.partition(".")[0] in ("pyomo", "highspy")
    }
    assert solving == set()
