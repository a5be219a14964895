"""Tables for spreadsheets (CSV, RFC 4180)."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

MEDIA_TYPE = "text/csv; charset=utf-8"


def lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Give a table line by line; spreadsheets see by its first mark that Chinese is UTF-8."""
    text = io.StringIO("\ufeff", newline="")
    text.seek(0, io.SEEK_END)
    writer = csv.writer(text)
    writer.writerow(header)
    for row in rows:
        yield text.getvalue()
        text.seek(0)
        text.truncate()
        writer.writerow(row)
    yield text.getvalue()


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table as text, as `lines` gives it."""
    return "".join(lines(header, rows))
