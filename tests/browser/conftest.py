"""Debian's Chromium with every host name made unresolvable."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="browser tests need playwright (development extra)")

from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


@dataclass
class Heard:
    """What a page asked for and complained of while it was open."""

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


@dataclass
class Opened:
    """A page of ours in the browser."""

    page: Page
    heard: Heard

    def count(self, selector: str) -> int:
        return self.page.locator(selector).count()

    def outside(self) -> list[str]:
        """What the page asked of anybody but itself."""
        return [url for url in self.heard.requests if not url.startswith(("file:", "data:", "blob:"))]

    def settle(self) -> None:
        """Wait until what was asked has been drawn."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is not installed, and CI is set; install Debian's chromium")
        pytest.skip("chromium is not installed; browser tests run where it is")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield browser
        browser.close()


def open_file(browser: Browser, path: Path) -> Opened:
    """Open a file and listen to everything it says."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    heard = Heard()
    page.on("request", lambda request: heard.requests.append(request.url))
    page.on("console", lambda message: heard.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: heard.complaints.append(str(error)))

    def dismiss(dialog: object) -> None:
        heard.dialogs.append(str(dialog))
        dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", dismiss)
    page.goto(path.resolve().as_uri())
    opened = Opened(page, heard)
    opened.settle()
    return opened
