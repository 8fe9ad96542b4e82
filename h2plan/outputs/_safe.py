"""Outside text made harmless: for HTML, for JSON inside a page, and for a script inside a page."""

from __future__ import annotations

import html
import json
from typing import Any

# folium prints some strings into a JavaScript template literal and all of them through a template engine,
# so that HTML escaping alone is not enough.
_ENTITIES = str.maketrans({char: f"&#{ord(char)};" for char in "`$\\{}\u2028\u2029"})


def safe_text(text: str) -> str:
    """Text that is inert as HTML, inside a quoted attribute and inside a JavaScript template literal."""
    return html.escape(text, quote=True).translate(_ENTITIES)


def safe_json(value: Any) -> str:
    """JSON that can stand inside a script element: no `<`, `>` or `&`, no line separators; NaN is refused."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def safe_script(code: str) -> str:
    """Our own or a library's JavaScript, so that it cannot end the script element it stands in."""
    return code.replace("</script", "<\\/script").replace("<!--", "<\\!--")
