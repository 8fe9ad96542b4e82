"""Build the pages of docs/ as HTML that needs no network: `python scripts/build_docs.py` writes build/docs/.

The data dictionary is written anew from the types first. A link to a page or picture that is not there stops the build.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from jinja2 import Environment
from markdown_it import MarkdownIt
from markdown_it.token import Token

from h2plan.outputs._dictionary import dictionary

ROOT = Path(__file__).resolve().parents[1]
DOCS, SITE, DICTIONARY = ROOT / "docs", ROOT / "build" / "docs", "data-dictionary.md"
ABROAD = re.compile(r"^(https?:|mailto:|#)")
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:">
<title>{{ title }} - h2plan</title><style>
:root { color-scheme: light dark }
body { margin: 0; display: flex;
  font: 16px/1.55 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif }
nav { flex: 0 0 15rem; padding: 1.5rem; border-right: 1px solid #8884; min-height: 100vh; box-sizing: border-box }
nav a { display: block; padding: .2rem 0 } nav a.here { font-weight: 600 }
main { padding: 1.5rem 2.5rem; max-width: 60rem; min-width: 0 }
pre { padding: .8rem; background: #8882; overflow-x: auto } code { font-size: .92em }
table { border-collapse: collapse; display: block; overflow-x: auto }
th, td { border: 1px solid #8886; padding: .25rem .6rem; text-align: left; vertical-align: top } img { max-width: 100% }
@media (max-width: 50rem) { body { display: block } nav { min-height: 0; border: 0 } main { padding: 1rem } }
@media print { nav { display: none } }
</style></head><body><nav>
{% for name, entry in pages %}<a href="{{ name }}"{% if name == here %} class="here"{% endif %}>{{ entry }}</a>
{% endfor %}</nav><main>{{ body | safe }}</main></body></html>
"""


def build(docs: Path, site: Path) -> list[Path]:
    """Write a page of HTML for each page of Markdown, and copy the pictures; return the pages.

    Raises:
        FileNotFoundError: a link leads to nothing in `docs` or beside it.
    """
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    sources = [docs / "index.md", *sorted(path for path in docs.glob("*.md") if path.name != "index.md")]
    read = {path: markdown.parse(path.read_text(encoding="utf-8")) for path in sources}
    titles = [(f"{path.stem}.html", _title(tokens, path)) for path, tokens in read.items()]
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(parents=True)
    if (docs / "images").is_dir():
        shutil.copytree(docs / "images", site / "images")
    template = Environment(autoescape=True).from_string(PAGE)
    written = []
    for path, (name, title) in zip(sources, titles, strict=True):
        _lead(read[path], docs, path)
        body = markdown.renderer.render(read[path], markdown.options, {})
        (site / name).write_text(template.render(title=title, pages=titles, here=name, body=body), encoding="utf-8")
        written.append(site / name)
    return written


def _title(tokens: list[Token], path: Path) -> str:
    heading = next((number for number, token in enumerate(tokens) if token.type == "heading_open"), None)
    return path.stem if heading is None else tokens[heading + 1].content.replace("`", "")


def _lead(tokens: list[Token], docs: Path, page: Path) -> None:
    """Let links between pages lead to their HTML, and stop at one that leads nowhere."""
    for token in tokens:
        _lead(token.children or [], docs, page)
        for key in ("href", "src"):
            target = token.attrGet(key)
            if not isinstance(target, str) or ABROAD.match(target):
                continue
            name, _, part = target.partition("#")
            if not (docs / name).exists():
                raise FileNotFoundError(f"{page.name}: the link to {target} leads nowhere")
            if name.endswith(".md"):
                token.attrSet(key, f"{name.removesuffix('.md')}.html" + (f"#{part}" if part else ""))


if __name__ == "__main__":
    (DOCS / DICTIONARY).write_text(dictionary(), encoding="utf-8", newline="\n")
    pages = build(DOCS, SITE)
    print(f"{len(pages)} pages: {SITE / 'index.html'}")
