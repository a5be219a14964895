"""Reading registers as people hand them in."""

from datetime import date

import pytest

from api.errors import Unprocessable
from api.registers.rows import Entry, read_csv

CHINESE = "号牌号码,生效日期,截止日期,备注\n京A·12345,2026-11-01,2027/10/31,复检\n\n粤bd12345,,,\n"
EXPECTED = [
    Entry("京A12345", date(2026, 11, 1), date(2027, 10, 31), "复检"),
    Entry("粤BD12345"),
]


def errors_of(text: str | bytes) -> list[tuple[str, str]]:
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(Unprocessable) as caught:
        read_csv(data)
    return [(one["location"], one["message"]) for one in caught.value.extra.get("errors", [])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings(encoding: str) -> None:
    assert read_csv(CHINESE.encode(encoding)) == EXPECTED


@pytest.mark.parametrize("separator", [";", "\t"])
def test_separators(separator: str) -> None:
    assert read_csv(CHINESE.replace(",", separator).encode()) == EXPECTED


@pytest.mark.parametrize(
    "day",
    ["2026-11-22", "2026/11/22", "2026.11.22", "20261122", "2026年11月22日", "2026/11/22 0:00"],
)
def test_days(day: str) -> None:
    assert read_csv(f"plate,valid_until\n京A12345,{day}".encode())[0].valid_until == date(
        2026, 11, 22
    )


def test_every_bad_row_is_named_and_no_value_shown() -> None:
    text = (
        "plate,valid_from,valid_until,note\n"
        "沪A12345,2026-11-01,2026-10-01,\n"
        "沪X,,,\n"
        ",2026-02-30,,\n"
        f"沪A12345,,,{'长' * 201}\n"
    )
    assert [location for location, _ in errors_of(text)] == [
        "row 2, valid_until",
        "row 3, plate",
        "row 4, plate",
        "row 4, valid_from",
        "row 5, note",
        "row 5, plate",
    ]
    assert not any("沪" in message for _, message in errors_of(text))


def test_a_file_that_is_no_table() -> None:
    assert errors_of(b"") == [("row 1, plate", "is missing: the first line names the columns")]
    assert errors_of("plate,车主\n京A12345,王芳")[0][0] == "row 1, 车主"
    assert errors_of("plate,号牌\n京A12345,")[0][1] == "is there twice"
    assert errors_of("plate\n京A12345,x")[0] == ("row 2, row", "has 2 values for 1 names")
    assert errors_of('plate\n"京A12345')[0][0] == "row 2, row"


@pytest.mark.parametrize("data", ["plate\n".encode("utf-16"), b"plate\n\xff\xff"])
def test_other_encodings_are_refused(data: bytes) -> None:
    with pytest.raises(Unprocessable) as caught:
        read_csv(data)
    assert caught.value.code == "csv-encoding"
