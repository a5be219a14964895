"""Counts that survive torn writes."""

from pathlib import Path

import pytest

from gateway.queue.ledger import MOST_NAMES, Counts, Fate, Ledger
from gateway.queue.order import Priority

NAME = f"20261121T080000.000000-{'0' * 32}-{'9' * 12}.alert.frame.sealed"


def test_counts_are_there_again(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "counts", Counts(refused=2))
    ledger.count(Fate.DROPPED, [Priority.ALERT, Priority.BACKFILL, Priority.BACKFILL], [])
    ledger.count(Fate.REFUSED, [Priority.ALERT], [NAME])
    ledger.count(Fate.DAMAGED, [Priority.BACKFILL], [])
    again = Ledger(tmp_path / "counts", Counts())
    assert again.counts == ledger.counts
    assert again.counts.dropped() == {Priority.ALERT: 1, Priority.BACKFILL: 2}
    assert (again.counts.refused, again.counts.damaged) == (3, 1)


def test_as_many_names_as_may_be_given_fit(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "counts", Counts())
    names = [NAME] * MOST_NAMES
    for _ in range(3):
        ledger.count(Fate.DROPPED, [Priority.ALERT] * MOST_NAMES, names)
        assert Ledger(tmp_path / "counts", Counts()).counts.names == tuple(names)
    assert (tmp_path / "counts").stat().st_size == 8192


def test_a_write_torn_at_any_byte_leaves_the_count_before_or_after_it(tmp_path: Path) -> None:
    path = tmp_path / "counts"
    ledger = Ledger(path, Counts())
    for _ in range(4):
        ledger.count(Fate.REFUSED, [Priority.ALERT], [NAME])
    before, was = path.read_bytes(), ledger.counts
    ledger.count(Fate.REFUSED, [Priority.ALERT], [NAME])
    after, is_now = path.read_bytes(), ledger.counts
    first = next(at for at in range(len(after)) if before[at] != after[at])
    for at in range(first, len(after), 7):
        path.write_bytes(after[:at] + before[at:])
        assert Ledger(path, Counts()).counts in (was, is_now)


@pytest.mark.parametrize("slot", [0, 1])
@pytest.mark.parametrize(
    "rubbish", [b"\0" * 4096, b"{}\n" + b" " * 4093, b"\xff" * 4096], ids=["zeros", "json", "ones"]
)
def test_one_slot_lost_is_one_count_lost_at_most(tmp_path: Path, slot: int, rubbish: bytes) -> None:
    path = tmp_path / "counts"
    ledger = Ledger(path, Counts())
    for _ in range(5):
        ledger.count(Fate.DAMAGED, [Priority.ALERT], [])
    content = bytearray(path.read_bytes())
    content[slot * 4096 : (slot + 1) * 4096] = rubbish
    path.write_bytes(content)
    assert Ledger(path, Counts()).counts.damaged in (4, 5)


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 8192, b"x" * 100], ids=["empty", "zeros", "short"]
)
def test_with_nothing_to_believe_it_begins_with_what_is_seen(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "counts").write_bytes(content)
    ledger = Ledger(tmp_path / "counts", Counts(refused=7))
    ledger.count(Fate.REFUSED, [Priority.ALERT], [])
    assert Ledger(tmp_path / "counts", Counts()).counts.refused == 8
