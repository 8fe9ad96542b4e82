"""A page as PDF, printed by a Chromium of this machine with its network cut."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from h2plan.errors import EnvironmentFault

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
)
CHROMIUM = "H2PLAN_CHROMIUM"
"""Environment variable that names the browser, where it is not on the path."""
LIMIT_S = 120
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--no-first-run",
    "--no-pdf-header-footer",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


def chromium() -> str | None:
    """Return the program of a Chromium at hand; None where there is none."""
    named = os.environ.get(CHROMIUM)
    if named:
        return shutil.which(named)
    return next((found for name in BROWSERS if (found := shutil.which(name)) is not None), None)


def print_pdf(page: Path, path: Path) -> Path:
    """Print a page to a PDF file.

    Raises:
        EnvironmentFault: there is no Chromium, or it gave no PDF.
    """
    browser = chromium()
    if browser is None:
        raise EnvironmentFault(
            f"no Chromium was found to print {path.name}; install one (Debian: apt-get install chromium), name it in "
            f"{CHROMIUM}, or print {page.name} from any browser: it is laid out for A4"
        )
    with tempfile.TemporaryDirectory(prefix="h2plan-") as profile:
        printed = Path(profile) / "page.pdf"
        # Chromium refuses its sandbox to the superuser; the page is our own and holds no script.
        sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        command = [browser, *FLAGS, *sandbox, f"--user-data-dir={profile}/profile", f"--print-to-pdf={printed}"]
        try:
            ran = subprocess.run(
                [*command, page.resolve().as_uri()],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=LIMIT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EnvironmentFault(f"{browser} could not print {page.name}: {error}") from error
        if not printed.is_file():
            last = (ran.stderr.strip().splitlines() or ["no message"])[-1]
            raise EnvironmentFault(f"{browser} gave no PDF of {page.name}: {last}")
        shutil.move(printed, path)
    return path
