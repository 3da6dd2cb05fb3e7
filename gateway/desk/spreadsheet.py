"""Answers that people open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence

from aiohttp import web

# Spreadsheets run what begins so as a formula; East Asian versions take the full-width signs for the plain ones.
_FORMULA_STARTS = (
    *("=", "+", "-", "@", "\t", "\r"),
    "\N{FULLWIDTH EQUALS SIGN}",
    "\N{FULLWIDTH PLUS SIGN}",
    "\N{FULLWIDTH HYPHEN-MINUS}",
    "\N{FULLWIDTH COMMERCIAL AT}",
)
# Spreadsheets take a file without it for something other than UTF-8.
_BYTE_ORDER_MARK = "\ufeff"


def csv_answer(file_name: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> web.Response:
    """Return a CSV file to download; no cell of it is a formula."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return web.Response(
        text=_BYTE_ORDER_MARK + file.getvalue(),
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
