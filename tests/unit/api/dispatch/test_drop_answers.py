"""What departments write into files is read as they meant it, or refused, and breaks nothing."""

import csv
import io
import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api.dispatch.connectors.drop_answers import STATUS_WORDS, words
from api.dispatch.statuses import Status
from api.errors import Unprocessable

_TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00\ufeff"), max_size=40
)


def _read(content: bytes, name: str = "answers.csv") -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return [
            {"id": word.id, **json.loads(word.body)["data"]} for word in words(path, "drop:roads")
        ]


@given(
    st.lists(st.tuples(_TEXT.filter(str.strip), st.sampled_from(Status), st.booleans(), _TEXT)),
    st.sampled_from(["utf-8-sig", "utf-8"]),
)
def test_every_row_is_read_as_it_was_meant(
    rows: list[tuple[str, Status, bool, str]], encoding: str
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["说明", "more", "状态", "case_number"])
    for number, status, chinese, comment in rows:
        word = STATUS_WORDS[status] if chinese else status.value
        writer.writerow([comment, "x", word, number])

    read = _read(text.getvalue().encode(encoding))

    assert [(row["case_number"], row["status"], row["comment"]) for row in read] == [
        (number.strip(), status.value, comment.strip() or None)
        for number, status, _, comment in rows
    ]
    assert len({row["id"] for row in read}) == len(rows)


@given(st.binary(max_size=300))
@example(b"case_number,status\r\n" + b"x" * 200_000)
@example(b'case_number,status\r\n"')
@example("case_number,status\nXJ-1,done".encode("utf-16"))
def test_nothing_but_a_refusal_comes_of_nonsense(content: bytes) -> None:
    for whole in (content, b"case_number,status\n" + content):
        with suppress(Unprocessable):
            _read(whole)


def test_every_fault_is_named_with_its_line() -> None:
    content = "案件编号,状态\nXJ-1,done\nXJ-2,fixed\n,done\nXJ-3,\n"
    with pytest.raises(Unprocessable) as refusal:
        _read(content.encode())
    assert "line 3: 'fixed' is no status" in refusal.value.detail
    assert "line 4: the case number is missing" in refusal.value.detail
    assert "line 2" not in refusal.value.detail


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("case_number,status\nXJ-1,secret\n")
    link = tmp_path / "answers.csv"
    link.symlink_to(secret)
    with pytest.raises(OSError, match="symbolic links"):
        words(link, "drop:roads")


def test_people_write_words_as_they_do() -> None:
    read = _read(b"case_number,status\nXJ-1, Done \nXJ-2,In progress\n")
    assert [row["status"] for row in read] == ["done", "in_progress"]


def test_a_name_in_another_encoding_does_no_harm() -> None:
    name = os.fsdecode("完成.csv".encode("gb18030"))
    (row,) = _read("案件编号,状态\nXJ-1,已完成\n".encode("gb18030"), name)
    assert (row["case_number"], row["status"]) == ("XJ-1", "done")
