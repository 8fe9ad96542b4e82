"""The wheel alone, in an empty folder and with an empty home, is enough to make a plan."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("data", "scenarios")
# What the console script of the wheel does, without the file that an installer would write for it.
RUN_ENTRY_POINT = (
    "import sys\n"
    "from importlib.metadata import distribution\n"
    "(entry,) = distribution('h2plan').entry_points.select(group='console_scripts', name='h2plan')\n"
    "sys.exit(entry.load()())\n"
)


@dataclass(frozen=True, kw_only=True)
class Installed:
    """A fresh environment that holds the wheel and sees the libraries, but not the checkout."""

    python: Path
    home: Path

    def run(self, code: str, arguments: Sequence[str] = (), *, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run a piece of Python in a folder with nothing of the caller's environment."""
        return subprocess.run(
            [self.python, "-c", code, *arguments],
            cwd=folder,
            env={"PATH": os.defpath, "HOME": str(self.home), "PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=600,
            check=False,
        )

    def h2plan(self, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run the command as its console script would."""
        return self.run(RUN_ENTRY_POINT, arguments, folder=folder)


def files_to_ship() -> set[str]:
    """Name every table, note and scenario of the checkout, relative to its root."""
    return {
        path.relative_to(ROOT).as_posix()
        for name in SHIPPED
        for path in (ROOT / name).rglob("*")
        if path.is_file() and not any(part.startswith((".", "__")) for part in path.relative_to(ROOT).parts)
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the checkout, with the pinned build backend and no download."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    built = subprocess.run(build, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Unpack the wheel into a new environment; the libraries come from this one, by a path file."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder / "venv", with_pip=False, symlinks=os.name != "nt")
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder / "venv")}))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # A path file adds folders only: the path file of the editable checkout in them is not followed.
    libraries = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "libraries.pth").write_text("\n".join(sorted(libraries)), encoding="utf-8")
    home = folder / "home"
    home.mkdir()
    python = Path(sysconfig.get_path("scripts", "venv", {"base": str(folder / "venv")})) / Path(sys.executable).name
    return Installed(python=python, home=home)


def test_the_wheel_holds_every_table_and_scenario_of_the_checkout(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    wanted = {f"h2plan/_project/{name}" for name in files_to_ship()}
    assert "h2plan/_project/scenarios/demo.yaml" in wanted
    assert wanted - names == set()


def test_the_wheel_holds_every_module_and_asset_of_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "h2plan").rglob("*")
        if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in path.relative_to(ROOT).parts)
    }
    assert package - names == set()


def test_the_installed_package_finds_its_own_tables_and_not_those_of_a_checkout(
    installed: Installed, tmp_path: Path
) -> None:
    code = "import json; from h2plan.shipped import shipped_folder; print(json.dumps(str(shipped_folder())))"
    ran = installed.run(code, folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    folder = Path(json.loads(ran.stdout))
    assert folder.parts[-2:] == ("h2plan", "_project")
    assert ROOT not in folder.parents


def test_the_demo_is_planned_from_the_wheel_alone(installed: Installed, tmp_path: Path) -> None:
    begun = installed.h2plan("init", "wuhan", folder=tmp_path)
    assert begun.returncode == 0, begun.stdout + begun.stderr
    project = tmp_path / "wuhan"
    assert all((project / name).is_file() for name in files_to_ship())

    checked = installed.h2plan("check", "scenarios/demo.yaml", folder=project)
    assert checked.returncode == 0, checked.stdout + checked.stderr

    planned = installed.h2plan("plan", "scenarios/demo.yaml", folder=project)
    assert planned.returncode == 0, planned.stdout + planned.stderr
    (plan,) = (project / "results").glob("*/plan.json")
    assert json.loads(plan.read_text(encoding="utf-8"))
