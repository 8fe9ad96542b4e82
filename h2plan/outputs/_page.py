"""One HTML page that holds all it needs: local assets put in, outside assets refused, scripts pinned by hash."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import folium
from branca.element import CssLink, Element, Figure, Link, MacroElement
from folium.template import Template
from xstatic.pkg import leaflet

from h2plan.errors import EnvironmentFault
from h2plan.outputs._safe import safe_script

LEAFLET_JS = "leaflet.js"
LEAFLET_CSS = "leaflet.css"
POLICY = (
    "default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src {images}; "
    "connect-src 'none'; base-uri 'none'; form-action 'none'"
)
_POLICY_SLOT = "h2plan-policy-slot"
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_OUTSIDE = re.compile(r"<(?:script|link|img|iframe|object|embed)\b[^>]*\b(?:src|href|data)\s*=", re.IGNORECASE)
_CSS_URL = re.compile(r"url\(\s*['\"]?([^'\")]+)['\"]?\s*\)")


@cache
def asset(name: str) -> str:
    """The text of one of our own files in `assets/`."""
    return resources.files("h2plan.outputs").joinpath("assets", name).read_text(encoding="utf-8")


class LeafletMap(folium.Map):
    """A folium map of Leaflet alone: no tiles, no jQuery, no fonts from elsewhere."""

    default_js = [("leaflet", LEAFLET_JS)]  # noqa: RUF012
    default_css = [("leaflet_css", LEAFLET_CSS)]  # noqa: RUF012


class _Start(MacroElement):
    """Hands the map over to our own script, which draws everything on it."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        h2plan.start({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )


def leaflet_map(
    name: str,
    *,
    centre: tuple[float, float],
    zoom: int,
    zooms: tuple[int, int],
    wheel: bool = True,
    starts: bool = True,
) -> LeafletMap:
    """A map with a fixed name, where folium would draw a random one; `centre` is (lat, lon).

    `starts`: whether the page's script begins when this map is there.
    """
    drawn = LeafletMap(
        location=list(centre),
        zoom_start=zoom,
        tiles=None,
        prefer_canvas=True,
        zoom_control=False,
        attribution_control=False,
        zoom_snap=0.25,
        zoom_delta=0.5,
        wheel_px_per_zoom_level=90,
        scroll_wheel_zoom=wheel,
        font_size="13px",
    )
    drawn.options.update(min_zoom=zooms[0], max_zoom=zooms[1])
    drawn._id = name
    if starts:
        start = _Start()  # type: ignore[no-untyped-call]
        start._id = name
        start.add_to(drawn)
    return drawn


class Page(Figure):
    """The document around a folium map, in a layout of ours."""

    def __init__(self, fields: Mapping[str, str], layout: str) -> None:
        super().__init__()
        self._template = Template(layout)
        self.fields = fields
        self.policy = _POLICY_SLOT
        self.header.add_child(Element(""), name="meta_http")


def render(page: Page, *, image_hosts: tuple[str, ...] = ()) -> str:
    """Render a page with every linked asset inside it.

    `image_hosts`: the only places (scheme, host, port) from which the page may load pictures.

    Raises:
        EnvironmentFault: an asset without a local copy.
    """
    for child in list(page._children.values()):
        child.render()
    for name, element in page.header._children.items():
        if isinstance(element, Link):
            element.code = _local(name, element)  # type: ignore[assignment]  # bytes would be printed as b'...'
    text: str = page._template.render(this=page, kwargs={"embedded": True})
    found = _OUTSIDE.search(text)
    if found:
        raise EnvironmentFault(
            f"map page: {found.group(0)[:80]} has no local copy; report the installed folium version"
        )
    return text.replace(_POLICY_SLOT, content_security_policy(text, image_hosts=image_hosts))


def content_security_policy(text: str, *, image_hosts: tuple[str, ...] = ()) -> str:
    """A policy that lets exactly the scripts of this page run and nothing be fetched but pictures of these hosts."""
    digests = (hashlib.sha256(code.encode()).digest() for code in _SCRIPT.findall(text))
    hashes = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return POLICY.format(hashes=hashes, images=" ".join(("data:", *image_hosts)))


def _local(name: str, element: Any) -> str:
    folder = Path(leaflet.BASE_DIR)
    path = folder / str(element.url)
    if not path.is_file():
        raise EnvironmentFault(f"map page: asset {name} ({element.url}) has no local copy; install xstatic-leaflet 1.9")
    code = path.read_text(encoding="utf-8")
    if isinstance(element, CssLink):
        return _CSS_URL.sub(lambda match: _css_url(folder, match.group(1)), code)
    return safe_script(re.sub(r"(?m)^//# sourceMappingURL=.*$", "", code))


def _css_url(folder: Path, address: str) -> str:
    if address.startswith(("#", "data:")):
        return f"url({address})"
    path = folder / address
    if not path.is_file():
        raise EnvironmentFault(f"map page: image {address} has no local copy; install xstatic-leaflet 1.9")
    return f"url(data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()})"
