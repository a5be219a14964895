"""What departments write into the folder `answers`: CSV files with a status for each case.

A file is taken whole or not at all: it goes to `answers/taken`, or to `answers/refused` with a text
file beside it that says what is wrong.
"""

import csv
import errno
import hashlib
import io
import json
import os
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from api.database import new_id
from api.dispatch.connectors.base import Word
from api.dispatch.connectors.manifest import Label
from api.dispatch.statuses import Status
from api.errors import Unprocessable

ANSWER_COLUMNS: dict[str, Label] = {
    "status": Label(zh="状态", en="status"),
    "comment": Label(zh="说明", en="comment"),
    "external_id": Label(zh="部门编号", en="external_id"),
}
CASE_NUMBER = Label(zh="案件编号", en="case_number")
_COLUMNS = {"case_number": CASE_NUMBER, **ANSWER_COLUMNS}
STATUS_WORDS: dict[Status, str] = {
    Status.ACCEPTED: "已受理",
    Status.IN_PROGRESS: "处置中",
    Status.DONE: "已完成",
    Status.RETURNED: "退回",
    Status.SUSPENDED: "挂账",
    Status.RESUMED: "恢复",
}
_STATUSES = {word: status for status, word in STATUS_WORDS.items()} | {
    status.value: status for status in Status
}
_SETTLE_S = 10.0  # a file that changed since then may still be being written
_MOST_BYTES = 4 * 1024 * 1024
_FOLDER, _TAKEN, _REFUSED = "answers", "taken", "refused"


def waiting(folder: Path) -> Iterator[Path]:
    """Yield the files that a department has finished writing, oldest names first."""
    answers = _made(folder / _FOLDER)
    for path in sorted(answers.iterdir()):
        if path.suffix.lower() != ".csv" or path.is_symlink() or not path.is_file():
            continue
        if time.time() - path.stat().st_mtime >= _SETTLE_S:
            yield path


def words(path: Path, source: str) -> list[Word]:
    """Return what a file says.

    A file may have columns that mean nothing here, and rows without a status, so that the very file
    that was dropped can come back filled in. Its time is when the department said it.

    Args:
        path: a CSV file, UTF-8 or GB 18030 (as Excel writes it in China), at most 4 MiB.
        source: the folder, as the destination names it.

    Raises:
        Unprocessable: it cannot be read; every fault is named with its line.
    """
    with open(path, "rb", opener=_no_link) as file:
        about = os.fstat(file.fileno())
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise _refusal(f"the file is larger than {_MOST_BYTES // 2**20} MiB")
    rows = csv.reader(io.StringIO(_decoded(content), newline=""))
    said_at = datetime.fromtimestamp(about.st_mtime, UTC)
    found, faults = [], []
    try:
        columns = _columns(next(rows, []))
        for cells in rows:
            row = {name: cells[at].strip() for name, at in columns.items() if at < len(cells)}
            row["status"] = row.get("status", "").lower().replace(" ", "_")
            if not row["status"]:
                continue
            if fault := _fault(row):
                faults.append(f"line {rows.line_num}: {fault}")
            else:
                name = f"{source}\n{path.name}\n{about.st_mtime_ns}\n{rows.line_num}"
                word_id = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
                found.append(_word(word_id, row, source, said_at))
    except csv.Error as error:
        raise _refusal(f"line {rows.line_num}: {error}") from None
    if faults:
        raise _refusal("\n".join(faults))
    return found


def put_away(path: Path) -> None:
    """Move a file that was taken out of the way."""
    _move(path, _TAKEN)


def refuse(path: Path, why: str) -> None:
    """Move a file that cannot be taken out of the way, and say why beside it."""
    moved = _move(path, _REFUSED)
    moved.with_suffix(".txt").write_text(f"{why}\n", encoding="utf-8-sig")


def _made(folder: Path) -> Path:
    """Return a folder that is there, and is no way to somewhere else.

    Raises:
        OSError: it cannot be made, or is a link.
    """
    folder.mkdir(exist_ok=True)
    if folder.is_symlink():
        raise OSError(errno.ELOOP, f"{folder.name} is a link")
    return folder


def _move(path: Path, to: str) -> Path:
    folder = _made(path.parent / to)
    target = folder / path.name
    if target.exists():
        target = target.with_stem(f"{path.stem}-{new_id()[-12:]}")
    return path.rename(target)


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text
    raise _refusal("the file is neither UTF-8 nor GB 18030")


def _columns(header: list[str]) -> dict[str, int]:
    """Return where each column that we know is, by its name in either language."""
    names = [name.strip() for name in header]
    columns = {
        column: next((names.index(name) for name in (label.zh, label.en) if name in names), -1)
        for column, label in _COLUMNS.items()
    }
    for needed in ("case_number", "status"):
        if columns[needed] < 0:
            label = _COLUMNS[needed]
            raise _refusal(f"line 1: there is no column {label.zh} ({label.en})")
    return {column: at for column, at in columns.items() if at >= 0}


def _no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW)


def _fault(row: Mapping[str, str]) -> str | None:
    if row["status"] not in _STATUSES:
        possible = ", ".join(f"{word} ({status})" for status, word in STATUS_WORDS.items())
        return f"{row['status']!r} is no status; possible: {possible}"
    return None if row.get("case_number") else "the case number is missing"


def _word(word_id: str, row: Mapping[str, str], source: str, said_at: datetime) -> Word:
    event = {
        "specversion": "1.0",
        "id": word_id,
        "source": source,
        "type": "dev.xunjian.case.status",
        "time": said_at.isoformat(),
        "data": {
            "case_number": row["case_number"],
            "status": _STATUSES[row["status"]],
            "comment": row.get("comment") or None,
            "external_id": row.get("external_id") or None,
        },
    }
    return Word(word_id, json.dumps(event, ensure_ascii=False).encode())


def _refusal(detail: str) -> Unprocessable:
    return Unprocessable(detail, code="answers-invalid")
