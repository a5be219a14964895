"""Rows of a register as people hand them in: all of them good, or an error that names each."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from api.errors import Unprocessable
from api.registers.plates import normalise
from models.plate_text import is_plate

MOST_ENTRIES = 100_000
_MOST_NAMED = 1_000
_LONGEST_NOTE = 200
_COLUMNS = {
    "plate": "plate plate_number number_plate 号牌 号牌号 号牌号码 车牌 车牌号 车牌号码",
    "valid_from": "valid_from from 有效期起 有效期始 起始日期 开始日期 生效日期",
    "valid_until": "valid_until until 有效期止 有效期至 失效日期 结束日期 到期日期 截止日期",
    "note": "note remark 说明 备注",
}
_NAMES = {written: name for name, ways in _COLUMNS.items() for written in ways.split()}
_DAY = re.compile(
    r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))(?: 0?0:00(?::00)?)?"
)

Wrong = tuple[int, str, str]
"""Row (the header is 1), column, what is wrong with it. Never the value: it may be a plate."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One plate of a register.

    Attributes:
        plate: normalised (`api.registers.plates.normalise`).
        valid_from: the first day on which it counts, None for always.
        valid_until: the last day on which it counts, None for ever.
        note: what else is to be known, shown with a violation.
    """

    plate: str
    valid_from: date | None = None
    valid_until: date | None = None
    note: str | None = None


def read_csv(data: bytes) -> list[Entry]:
    """Read a register from a CSV file with a header line.

    Commas, semicolons or tabs; UTF-8, with or without a byte order mark, or GB18030 (which
    Chinese Excel writes). Column names in Chinese or English; blank lines count for nothing.

    Raises:
        Unprocessable: naming every row, its column, and what is wrong with it.
    """
    return read_rows(_records(_decoded(data)))


def read_rows(rows: Iterable[tuple[int, Mapping[str, str | None]]]) -> list[Entry]:
    """Check rows.

    Args:
        rows: the number of each, and its values by `plate`, `valid_from`, `valid_until`, `note`.

    Raises:
        Unprocessable: naming every row, its column, and what is wrong with it.
    """
    wrong: list[Wrong] = []
    entries: list[Entry] = []
    seen: dict[str, int] = {}
    for number, row in rows:
        entry = _entry(number, row, wrong)
        if entry.plate and entry.plate in seen:
            wrong.append((number, "plate", f"is in row {seen[entry.plate]} already"))
        seen.setdefault(entry.plate, number)
        entries.append(entry)
        if len(entries) > MOST_ENTRIES:
            raise _unprocessable([(number, "plate", f"a register has {MOST_ENTRIES} at most")])
    if wrong:
        raise _unprocessable(wrong)
    return entries


def _entry(number: int, row: Mapping[str, str | None], wrong: list[Wrong]) -> Entry:
    plate = normalise(row.get("plate") or "")
    if not plate:
        wrong.append((number, "plate", "is empty"))
    elif not is_plate(plate):
        wrong.append((number, "plate", "is no plate of GA 36-2018, like 京A12345"))
    days = {name: _day(number, name, row.get(name), wrong) for name in _COLUMNS if "valid" in name}
    first, last = days["valid_from"], days["valid_until"]
    if first and last and last < first:
        wrong.append((number, "valid_until", "is before valid_from"))
    note = (row.get("note") or "").strip() or None
    if note and len(note) > _LONGEST_NOTE:
        wrong.append((number, "note", f"is longer than {_LONGEST_NOTE} characters"))
    if note and "\0" in note:
        wrong.append((number, "note", "has a NUL character"))
    return Entry(plate, first, last, note)


def _day(number: int, column: str, text: str | None, wrong: list[Wrong]) -> date | None:
    text = (text or "").strip()
    if not text:
        return None
    if match := _DAY.fullmatch(text):
        year, *parts = match.groups()
        month, day = (part for part in parts if part)
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            pass
    wrong.append((number, column, "is no day: write 2026-11-22"))
    return None


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unprocessable(
            "The file is UTF-16: save it as CSV in UTF-8 or GB18030.", code="csv-encoding"
        )
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unprocessable(
        "The file is neither UTF-8 nor GB18030: save it as CSV in one of them.",
        code="csv-encoding",
    )


def _records(text: str) -> Iterator[tuple[int, dict[str, str | None]]]:
    header, _, _ = text.partition("\n")
    separator = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        columns = _columns(next(reader, []))
        for record in reader:
            if not any(value.strip() for value in record):
                continue
            if len(record) > len(columns):
                raise _unprocessable(
                    [(reader.line_num, "row", f"has {len(record)} values for {len(columns)} names")]
                )
            yield reader.line_num, dict(zip(columns, record, strict=False))
    except csv.Error as error:
        raise _unprocessable([(reader.line_num, "row", f"cannot be read: {error}")]) from None


def _columns(header: Sequence[str]) -> list[str]:
    names = [title.strip().lower() for title in header]
    wrong: list[Wrong] = []
    columns = [_NAMES.get(name, "") for name in names]
    for title, name in zip(header, columns, strict=True):
        if not name:
            known = ", ".join(f"{name} ({ways.split()[-1]})" for name, ways in _COLUMNS.items())
            wrong.append((1, title.strip()[:40], f"is no column of a register; they are: {known}"))
        elif columns.count(name) > 1:
            wrong.append((1, title.strip()[:40], "is there twice"))
    if "plate" not in columns:
        wrong.append((1, "plate", "is missing: the first line names the columns"))
    if wrong:
        raise _unprocessable(wrong)
    return columns


def _unprocessable(wrong: Sequence[Wrong]) -> Unprocessable:
    named = [
        {"location": f"row {row}, {column}", "message": message}
        for row, column, message in wrong[:_MOST_NAMED]
    ]
    told = "; ".join(f"{one['location']}: {one['message']}" for one in named[:3])
    more = f"; and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    return Unprocessable(
        f"Nothing was changed. {told}{more}", code="register-invalid", extra={"errors": named}
    )
