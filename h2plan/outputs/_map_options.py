"""The user's own layers and the tiles under a map: what may be asked for, and what the page is told of it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from h2plan.errors import EnvironmentFault
from h2plan.outputs import _labels as words

KEY = "{key}"


class OwnLayer(BaseModel):
    """A layer of the user's: boundaries, rivers, a planning area. Lines and polygons of a GeoJSON file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str = Field(description="GeoJSON file in the project folder")
    crs: str = Field(default="wgs84", description="its datum: wgs84, cgcs2000, gcj02 or bd09")
    name: str = Field(default="", description="its name in the legend; blank takes the file name")
    name_en: str = Field(default="", description="the English name")
    kind: Literal["boundary", "river", "area"] = Field(default="boundary", description="how it is drawn")


class TileServer(BaseModel):
    """A map service under the plan. Nothing is fetched from anywhere unless this is set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    use: Literal["amap", "tianditu", "own"] = Field(description="amap (GCJ-02), tianditu (wants a key), or own")
    url: str = Field(default="", description="own: address with {z}, {x} and {y}, and {key} where it wants a key")
    datum: Literal["wgs84", "gcj02"] = Field(default="wgs84", description="own: datum that its pictures are drawn in")
    attribution: str = Field(default="", description="own: credit line")
    max_zoom: int = Field(default=18, ge=1, le=22, description="own: largest zoom it serves")
    key_variable: str = Field(default="", description="environment variable that holds the key")
    write_key: bool = Field(default=False, description="put the key into the page: everybody who has the file has it")

    @model_validator(mode="after")
    def _own_has_an_address(self) -> TileServer:
        if (self.use == "own") != bool(self.url):
            raise ValueError("url belongs to use: own, and use: own needs a url")
        if self.url:
            check_address(self.url)
        if self.write_key and not self.key_variable:
            raise ValueError("write_key needs key_variable, the environment variable that holds the key")
        return self


class _Service(BaseModel):
    """What the page is told of a service."""

    urls: tuple[str, ...]
    datum: Literal["wgs84", "gcj02"]
    attribution: str
    max_zoom: int


_TIANDITU = (
    "https://t0.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}&STYLE=default"
    "&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk={key}"
)
SERVICES: Mapping[str, _Service] = {
    "amap": _Service(
        urls=("https://webrd01.is.autonavi.com/appmaptile?lang=zh_cn&size=1&scale=1&style=8&x={x}&y={y}&z={z}",),
        datum="gcj02",
        attribution="© 高德地图 AutoNavi",
        max_zoom=18,
    ),
    "tianditu": _Service(
        urls=tuple(_TIANDITU.replace("{layer}", layer) for layer in ("vec", "cva")),
        datum="wgs84",
        attribution="© 国家地理信息公共服务平台 天地图",
        max_zoom=18,
    ),
}


def check_address(url: str) -> None:
    """Refuse an address that is no tile address, or that names its host by a placeholder."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("url must begin with http:// or https:// and name a host")
    if not re.fullmatch(r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9A-Fa-f:]+\](:\d{1,5})?", parts.netloc):
        raise ValueError("the host of url must be written out, without user, password or placeholder")
    missing = [name for name in ("{z}", "{x}", "{y}") if name not in url]
    if missing:
        raise ValueError(f"url lacks {', '.join(missing)}")
    if odd := set(re.findall(r"\{(\w*)\}", url)) - {"z", "x", "y", "key"}:
        raise ValueError(f"url holds {{{min(odd)}}}; it may hold {{z}}, {{x}}, {{y}} and {{key}}")


def tile_data(server: TileServer | None) -> dict[str, Any] | None:
    """What the page needs to draw the tiles; the key itself only where that is asked for.

    Raises:
        EnvironmentFault: the key is to be written and its variable is not set.
    """
    if server is None:
        return None
    service = _service(server)
    wants_key = any(KEY in url for url in service.urls)
    return {**service.model_dump(), "wantsKey": wants_key, "key": _key(server) if wants_key else ""}


def image_hosts(server: TileServer | None) -> tuple[str, ...]:
    """The only hosts that the page may load pictures from."""
    if server is None:
        return ()
    parts = (urlsplit(url) for url in _service(server).urls)
    return tuple(dict.fromkeys(f"{part.scheme}://{part.netloc}" for part in parts))


def layer_data(layer: OwnLayer) -> dict[str, Any]:
    """How the page names and draws a layer of the user's."""
    stem = layer.file.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return {"file": layer.file, "name": words.either(layer.name or stem, layer.name_en), "kind": layer.kind}


def _service(server: TileServer) -> _Service:
    if server.use != "own":
        return SERVICES[server.use]
    return _Service(urls=(server.url,), datum=server.datum, attribution=server.attribution, max_zoom=server.max_zoom)


def _key(server: TileServer) -> str:
    if not server.write_key:
        return ""
    key = os.environ.get(server.key_variable, "")
    if not key:
        raise EnvironmentFault(
            f"map tiles: the environment variable {server.key_variable} is not set; set it to the key, or leave out "
            "write_key: the page then asks its reader for the key"
        )
    return key
