"""Any sequence of offsets, aborts and duplicates ends in the same bytes or a clear error."""

import itertools
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.clips import uploads
from api.database import Database
from api.evidence.objects import ObjectStore
from tests.conftest import sqlite_only
from tests.integration.api.clips.yard import Yard, counts, digest, stored_bytes

DATA = bytes(range(256)) * 4
_keys = itertools.count()

Append = st.tuples(
    st.just("append"),
    st.integers(-300, 300) | st.just(0),  # away from the right offset
    st.integers(0, len(DATA)),
    st.booleans(),  # says that the clip ends with it
)
Abort = st.tuples(st.just("abort"), st.integers(0, 500), st.integers(1, 500))
Restart = st.tuples(st.just("restart"), st.integers(1, len(DATA) - 1))
Step = Append | Abort | Restart | st.tuples(st.just("find")) | st.tuples(st.just("cancel"))


def _cut(data: bytes, after: int) -> Iterator[bytes]:
    yield data[:after]
    raise ConnectionAbortedError


@sqlite_only
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(Step, max_size=8))
def test_any_sequence_ends_in_the_same_bytes_or_a_clear_error(
    yard: Yard, database: Database, objects: ObjectStore, steps: list[tuple[object, ...]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uploads, "PART_BYTES", 128)
        Sequence(yard, database, objects).play(steps)


class Sequence:
    """One upload, and how far it must have come."""

    def __init__(self, yard: Yard, database: Database, objects: ObjectStore) -> None:
        self.yard, self.database, self.objects = yard, database, objects
        self.key = f"property-{next(_keys)}"
        self.complete = False
        self.location = self.begin()

    def begin(self, data: bytes = b"") -> str:
        return self.yard.begin(
            data,
            idempotency_key=self.key,
            upload_length=str(len(DATA)),
            repr_digest=digest(DATA),
        )

    def play(self, steps: list[tuple[object, ...]]) -> None:
        for name, *arguments in steps:
            getattr(self, f"do_{name}")(*arguments)
            self.check()
            if self.complete:
                break
        offset = self.offset()
        if not self.complete:
            assert self.yard.append(self.location, DATA[offset:], offset, last=True).is_success
        clip_id = self.location.rsplit("/")[-1]
        assert stored_bytes(self.database, self.objects, clip_id) == DATA
        assert self.yard.get(self.location).json()["state"] == "waiting"
        again = self.yard.post(DATA, idempotency_key=self.key)
        assert (again.status_code, again.json()["duplicate"]) == (202, True)
        assert counts(self.database)["jobs"] == counts(self.database)["clips"]

    def offset(self) -> int:
        return int(self.yard.head(self.location).headers["Upload-Offset"])

    def check(self) -> None:
        """What is durable is always the clip's beginning."""
        told = self.yard.head(self.location)
        assert told.status_code == 204
        self.complete = told.headers["Upload-Complete"] == "?1"
        clip_id = self.location.rsplit("/")[-1]
        stored = stored_bytes(self.database, self.objects, clip_id)
        assert stored == DATA[: int(told.headers["Upload-Offset"])]

    def do_append(self, away: int, size: int, last: bool) -> None:
        right = self.offset()
        offset = max(0, right + away)
        data = DATA[offset : offset + size]
        answer = self.yard.append(self.location, data, offset, last=last)
        if offset != right:
            assert answer.status_code in (400, 409), answer.text
            if answer.status_code == 409:
                assert answer.headers["Upload-Offset"] == str(right)
            assert self.offset() == right
        elif not last:
            assert answer.status_code == 204, answer.text
            assert self.offset() == right + len(data)
        else:
            whole = offset + len(data) == len(DATA)
            assert answer.status_code == (202 if whole else 400), answer.text

    def do_abort(self, size: int, after: int) -> None:
        right = self.offset()
        headers = self.yard.gateway.headers | {
            "Content-Type": "application/partial-upload",
            "Content-Length": str(size + after),
            "Upload-Offset": str(right),
            "Upload-Complete": "?0",
        }
        data = DATA[right:]
        if len(data) < size + after:
            return
        with suppress(ConnectionAbortedError, httpx.TransportError):
            self.yard.client.patch(self.location, content=_cut(data, after), headers=headers)
        # The service may not have noticed yet: whoever appends next takes the upload over.
        while not self.yard.append(self.location, b"", self.offset(), last=False).is_success:
            pass
        assert right <= self.offset() <= right + after

    def do_restart(self, size: int) -> None:
        assert self.begin(DATA[:size]) == self.location
        assert self.offset() == size

    def do_find(self) -> None:
        right = self.offset()
        assert self.begin() == self.location
        assert self.offset() == right

    def do_cancel(self) -> None:
        assert self.yard.cancel(self.location).status_code == 204
        assert self.yard.head(self.location).status_code == 404
        self.location = self.begin()
