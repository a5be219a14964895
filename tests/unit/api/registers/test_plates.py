"""How plates are found again without being stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.registers.plates import PlateKeys, PlateUnreadable, normalise

KEYS = PlateKeys(b"k" * 32)
CHARACTERS = "京皖AB12"
texts = st.text(CHARACTERS, min_size=1, max_size=7)


def edits(a: str, b: str) -> int:
    """Return the Levenshtein distance, by the textbook's table."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


@given(texts, texts)
def test_one_edit_is_what_is_similar(entry: str, read: str) -> None:
    keys = KEYS.entry_keys(entry)
    assert (KEYS.exact_key(read) in keys) == (entry == read)
    similar = bool(KEYS.similar_keys(read) & keys) and entry != read
    # A plate with a repeated character is also found by itself shortened: exact comes first.
    assert similar == (edits(entry, read) == 1)


@pytest.mark.parametrize("change", ["京B12345", "京A1234", "京A123456", "皖A12345", "京A12846"])
def test_keys_of_a_real_plate(change: str) -> None:
    found = bool(KEYS.similar_keys(change) & KEYS.entry_keys("京A12345"))
    assert found == (edits(change, "京A12345") == 1)


def test_hashes_need_the_key() -> None:
    other = PlateKeys(b"o" * 32)
    assert KEYS.hash("京A12345") != other.hash("京A12345")
    assert not KEYS.entry_keys("京A12345") & other.entry_keys("京A12345")
    assert len(KEYS.hash("京A12345")) == 22


def test_a_seal_opens_with_its_key_and_for_its_purpose_only() -> None:
    sealed = KEYS.seal("entry", {"plate": "京A12345"})
    assert KEYS.open("entry", sealed) == {"plate": "京A12345"}
    assert KEYS.seal("entry", {"plate": "京A12345"}) != sealed
    assert "京A12345" not in sealed
    with pytest.raises(PlateUnreadable):
        KEYS.open("sighting", sealed)
    with pytest.raises(PlateUnreadable):
        PlateKeys(b"o" * 32).open("entry", sealed)


@pytest.mark.parametrize(
    ("written", "plate"),
    [("京A·12345", "京A12345"), (" 粤b d12345 ", "粤BD12345"), ("京A-１２３４５", "京A12345")],
)
def test_ways_to_write_a_plate(written: str, plate: str) -> None:
    assert normalise(written) == plate
