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

from branca.element import CssLink, Element, Figure, Link
from folium.template import Template
from xstatic.pkg import leaflet

from h2plan.errors import EnvironmentFault
from h2plan.outputs._safe import safe_script

LEAFLET_JS = "leaflet.js"
LEAFLET_CSS = "leaflet.css"
POLICY = (
    "default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
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


class Page(Figure):
    """The document around a folium map; its layout is `assets/page.html`."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__()
        self._template = Template(asset("page.html"))
        self.fields = fields
        self.policy = _POLICY_SLOT
        self.header.add_child(Element(""), name="meta_http")


def render(page: Page) -> str:
    """Render a page with every linked asset inside it. EnvironmentFault for an asset without a local copy."""
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
    return text.replace(_POLICY_SLOT, content_security_policy(text))


def content_security_policy(text: str) -> str:
    """A policy that lets exactly the scripts of this page run and nothing be fetched."""
    digests = (hashlib.sha256(code.encode()).digest() for code in _SCRIPT.findall(text))
    return POLICY.format(hashes=" ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests))


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
