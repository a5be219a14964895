"""Tables for spreadsheets (CSV, RFC 4180)."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

MEDIA_TYPE = "text/csv; charset=utf-8"


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table as text; spreadsheets see by its first mark that Chinese text is UTF-8."""
    text = io.StringIO("\ufeff", newline="")
    text.seek(0, io.SEEK_END)
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
