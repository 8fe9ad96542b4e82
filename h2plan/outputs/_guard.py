"""Text that a spreadsheet must not take for a formula."""

from __future__ import annotations

RISKY = tuple("=+-@|%\t\r\n＝＋－＠")
"""First characters that spreadsheets read as the start of a formula, full-width forms included."""
BLANKS = " \u00a0\ufeff\u3000\u200b"
"""Leading characters that spreadsheets skip before they look."""


def guard(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run as a formula; other text is returned unchanged.

    See OWASP, "CSV Injection": the cell starts, after leading blanks, with one of = + - @ | % tab CR LF or a
    full-width form. Numbers are never passed through here, so negative numbers stay numbers.
    """
    return f"'{text}" if text.lstrip(BLANKS).startswith(RISKY) else text
