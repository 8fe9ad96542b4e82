"""Picture a map page in Debian's Chromium with the network cut: for the README, and to look at what was drawn.

python scripts/screenshot.py results/wuhan-2030/map.html docs/map.png --size 1920x1080 --station port-yangluo
python scripts/screenshot.py results/wuhan-2030/map.html docs/images --all
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
SETTLE_MS = 700
PICTURES: Mapping[str, tuple[str, ...]] = {
    "map-zh": ("--language", "zh"),
    "map-en": ("--language", "en"),
    "map-wide": ("--size", "1920x1080"),
    "map-service-areas": ("--show", "reach", "--hide", "corridors", "services", "candidates"),
    "map-utilisation": ("--colour", "use", "--hide", "corridors", "candidates"),
    "map-sheet": ("--first-station",),
    "map-first-year": ("--year", "0"),
    "map-paper": ("--paper",),
}
"""What `--all` makes, by the name of the picture."""


def main() -> None:
    """Open the page, arrange it and take the picture, or all of them."""
    asked = arguments()
    wanted = {asked.png: asked}
    if asked.all:
        asked.png.mkdir(parents=True, exist_ok=True)
        wanted = {
            asked.png / f"{name}.png": arguments([str(asked.html), "-", *more]) for name, more in PICTURES.items()
        }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(ARGUMENTS))
        for png, how in wanted.items():
            take(browser, png, how)
        browser.close()


def take(browser: Browser, png: Path, asked: argparse.Namespace) -> None:
    """Take one picture; one of the paper is a PDF beside it."""
    width, height = (int(part) for part in asked.size.split("x"))
    page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=asked.scale)
    page.goto(asked.html.resolve().as_uri())
    arrange(page, asked)
    page.wait_for_timeout(SETTLE_MS)
    if asked.paper:
        page.pdf(path=str(png.with_suffix(".pdf")), prefer_css_page_size=True, print_background=True)
    else:
        page.screenshot(path=str(png))
    page.close()


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """What is asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("html", type=Path, help="the map page")
    parser.add_argument("png", type=Path, help="the picture to write; with --all: the folder of the pictures")
    parser.add_argument("--all", action="store_true", help=f"take them all: {', '.join(PICTURES)}")
    parser.add_argument("--size", default="1280x800", help="width x height in pixels")
    parser.add_argument("--scale", type=float, default=1.0, help="device pixels in a page pixel")
    parser.add_argument("--language", choices=["zh", "en"], help="language to switch to")
    parser.add_argument("--station", help="site id of the station to choose")
    parser.add_argument("--first-station", action="store_true", help="choose the station that dispenses most")
    parser.add_argument("--year", type=int, help="place of the year to show, from 0")
    parser.add_argument("--colour", choices=["status", "use"], help="what the colour of a station tells")
    parser.add_argument("--show", nargs="*", default=[], help="layers to put on, by the name of their check box")
    parser.add_argument("--paper", action="store_true", help="print to a PDF of that name instead")
    parser.add_argument("--view", help="lon,lat,zoom to go to")
    parser.add_argument("--hide", nargs="*", default=[], help="layers to take off, by the name of their check box")
    return parser.parse_args(given)


def arrange(page: Page, asked: argparse.Namespace) -> None:
    """Bring the page to the state asked for, by its own buttons where it has them."""
    if asked.language and not page.locator("html").get_attribute("lang").startswith(asked.language):  # type: ignore[union-attr]
        page.click("#language")
    if asked.year is not None:
        page.evaluate("(year) => { h2plan.setYear(year); }", asked.year)
    switch(page, asked)
    if asked.colour:
        page.select_option("#colouring", asked.colour)
    if asked.view:
        lon, lat, zoom = (float(part) for part in asked.view.split(","))
        page.evaluate(
            "([lat, lon, zoom]) => { h2plan.page.map.setView([lat, lon], zoom, {animate: false}); }", [lat, lon, zoom]
        )
    if asked.station or asked.first_station:
        choose = "(id) => { h2plan.choose(id ? h2plan.now().byId.get(id) : h2plan.stations()[0]); }"
        page.evaluate(choose, asked.station)


def switch(page: Page, asked: argparse.Namespace) -> None:
    """Put layers on and off that the page has."""
    for layers, on in ((asked.show, True), (asked.hide, False)):
        for layer in layers:
            box = page.locator(f'input[data-layer="{layer}"]')
            if box.count():
                box.set_checked(on)


if __name__ == "__main__":
    main()
