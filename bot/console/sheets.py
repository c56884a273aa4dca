"""Tables for spreadsheets and lines of JSON, safe to open."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from starlette.responses import Response

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
"""What a spreadsheet may take for a formula at the beginning of a cell."""


def csv_response(name: str, columns: Sequence[str], lines: Iterable[Sequence[Any]]) -> Response:
    """Return a table as a CSV file to be saved under `name`."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in line] for line in lines)
    # A byte-order mark: without it a spreadsheet program reads the file in an old encoding.
    return file_response(name, "\ufeff" + out.getvalue(), "text/csv; charset=utf-8")


def json_lines_response(name: str, entries: Iterable[Any]) -> Response:
    """Return entries as a file with one JSON document on each line."""
    text = "".join(json_text(entry) + "\n" for entry in entries)
    return file_response(name, text, "application/x-ndjson; charset=utf-8")


def file_response(name: str, text: str, kind: str) -> Response:
    """Return a text as a file to be saved under `name`."""
    return Response(text, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def json_text(entry: Any) -> str:
    """Return a value as JSON on one line; moments as ISO times."""
    return json.dumps(entry, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in an export")


def _cell(value: Any) -> Any:
    """Return a value for a cell; text that a spreadsheet could take for a formula gets a quote before it."""
    if value is None or isinstance(value, (int, float)):
        return value
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return "'" + text if text.lstrip(" \u00a0").startswith(RISKY) or text.startswith(RISKY) else text
