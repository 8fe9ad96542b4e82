"""Picture a map page in Debian's Chromium with the network cut: for the README, and to look at what was drawn.

python scripts/screenshot.py results/wuhan-2030/map.html docs/map.png --size 1920x1080 --station port-yangluo
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
SETTLE_MS = 700


def main() -> None:
    """Open the page, arrange it and take the picture."""
    asked = arguments()
    width, height = (int(part) for part in asked.size.split("x"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=asked.scale)
        page.goto(asked.html.resolve().as_uri())
        arrange(page, asked)
        page.wait_for_timeout(SETTLE_MS)
        page.screenshot(path=str(asked.png))
        browser.close()


def arguments() -> argparse.Namespace:
    """What is asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("html", type=Path, help="the map page")
    parser.add_argument("png", type=Path, help="the picture to write")
    parser.add_argument("--size", default="1280x800", help="width x height in pixels")
    parser.add_argument("--scale", type=float, default=1.0, help="device pixels in a page pixel")
    parser.add_argument("--language", choices=["zh", "en"], help="language to switch to")
    parser.add_argument("--station", help="site id of the station to choose")
    parser.add_argument("--view", help="lon,lat,zoom to go to")
    parser.add_argument("--hide", nargs="*", default=[], help="layers to take off, by the name of their check box")
    return parser.parse_args()


def arrange(page: Page, asked: argparse.Namespace) -> None:
    """Bring the page to the state asked for, by its own buttons where it has them."""
    if asked.language and not page.locator("html").get_attribute("lang").startswith(asked.language):  # type: ignore[union-attr]
        page.click("#language")
    for layer in asked.hide:
        page.locator(f'input[data-layer="{layer}"]').uncheck()
    if asked.view:
        lon, lat, zoom = (float(part) for part in asked.view.split(","))
        page.evaluate(
            "([lat, lon, zoom]) => { h2plan.page.map.setView([lat, lon], zoom, {animate: false}); }", [lat, lon, zoom]
        )
    if asked.station:
        choose = "(id) => { h2plan.choose(h2plan.data.stations.find((one) => one.id === id)); }"
        page.evaluate(choose, asked.station)


if __name__ == "__main__":
    main()
