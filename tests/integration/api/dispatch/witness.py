"""A witness that reads the database's file from outside the service and holds it to its word.

The numbers are those of the invariants of the design page. It reads what other processes would see:
what is committed, and nothing else. Every row is looked at once, when it is new.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from api.cases.states import CASE_MACHINE, OPEN_STATES, CaseEvent, CaseState
from api.dispatch.models import MessageType, OutboxState
from api.findings.states import FINDING_MACHINE, FindingEvent, FindingState

# (7): what is superseded, never edited; and what is only ever added to.
_ONLY_ADDED = ("detections", "reviews", "case_entries", "audit", "inspecting_models")
_CASE_ACTIONS = {"case.open", *(f"case.{event}" for event in CaseEvent)}
_FINDING_ACTIONS = {f"finding.{event}" for event in FindingEvent}
_OVER = (FindingState.REJECTED, FindingState.DUPLICATE, FindingState.EXPIRED_UNREVIEWED)
_OPEN_MARKS = ",".join("?" * len(OPEN_STATES))
Row = sqlite3.Row


class Witness:
    """Remembers what was acknowledged and what it has seen, and compares.

    Args:
        file: the database's.
        digest: of the only model that looks.
    """

    def __init__(self, file: Path, digest: str) -> None:
        self._digest = digest
        self._acknowledged: list[tuple[str, tuple[Any, ...], int]] = []
        self._seen: dict[str, list[Row]] = {table: [] for table in _ONLY_ADDED}
        self._cases: dict[str, CaseState] = {}
        self._findings: defaultdict[str, FindingState] = defaultdict(lambda: FindingState.CANDIDATE)
        self._told: defaultdict[str, list[str]] = defaultdict(list)
        self._traced: set[str] = set()
        self.originals = 0
        self.posted: set[str] = set()
        self.look_at(file)

    def look_at(self, file: Path) -> None:
        """Read another file from now on, that of the process after a crash: nothing may be gone."""
        self._raw = sqlite3.connect(file, isolation_level=None)
        self._raw.row_factory = sqlite3.Row
        for query, values, count in self._acknowledged:
            assert self._one(query, *values)[0] >= count, f"(1) acknowledged and lost: {query}"

    def close(self) -> None:
        """Let go of the file."""
        self._raw.close()

    def acknowledged(self, table: str, count: int = 1, **columns: Any) -> None:
        """Hold (1): what was just answered with a 2xx is there for every other process to see."""
        where = " AND ".join(f"{name} = ?" for name in columns)
        query = f"SELECT count(*) FROM {table} WHERE {where}"
        values = tuple(columns.values())
        assert self._one(query, *values)[0] >= count, f"(1) answered before it was written: {query}"
        self._acknowledged.append((query, values, count))

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row of every table that this is about, to compare."""
        tables = (
            *_ONLY_ADDED,
            "frames",
            "findings",
            "cases",
            "outbox",
            "deliveries",
            "looks",
            "evidence",
            "case_clocks",
            "verifications",
            "verification_looks",
        )
        return {
            table: [tuple(row) for row in self._all(f"SELECT * FROM {table}")] for table in tables
        }

    def rows(self, table: str) -> list[Row]:
        """Return every row of a table."""
        return self._all(f"SELECT * FROM {table}")

    def check(self) -> None:
        """Hold what the database says to the invariants."""
        for table in _ONLY_ADDED:
            rows = self._all(f"SELECT * FROM {table} ORDER BY rowid")
            before = self._seen[table]
            assert rows[: len(before)] == before, f"(7) something was edited in {table}"
            self._seen[table] = rows
            for row in rows[len(before) :]:
                if table == "case_entries":
                    self._follow_case(row)
                elif table == "audit":
                    self._follow_audit(row)
        assert self.originals == 0, "(8) an original was given and not recorded, or the reverse"
        self._cases_agree()
        self._findings_agree()
        for row in self._all("SELECT id FROM cases"):
            if row["id"] not in self._traced:
                self._trace(row["id"])

    def _follow_case(self, entry: Row) -> None:
        """(4), (6): the state is what the applied events make of it, by the one table."""
        case_id, state = entry["case_id"], self._cases.get(entry["case_id"])
        if not entry["applied"]:
            assert entry["to_state"] in (None, state), "(6) what was only stored moved the case"
            assert entry["from_state"] in (None, state)
            return
        if state is None:
            assert entry["event"] == "open"
            self._cases[case_id] = CaseState.OPENED
        else:
            assert entry["from_state"] == state
            self._cases[case_id] = CASE_MACHINE.next_state(state, CaseEvent(entry["event"]))
        assert entry["to_state"] == self._cases[case_id]
        self._told[case_id].append(f"case.{entry['event']}")

    def _follow_audit(self, record: Row) -> None:
        if record["action"] == "evidence.original":
            assert record["reason"], "(8) an original was given without a purpose"
            self.originals -= 1
        if record["action"] in _FINDING_ACTIONS:
            state = self._findings[record["object_id"]]
            assert json.loads(record["before"])["state"] == state
            event = FindingEvent(record["action"].removeprefix("finding."))
            self._findings[record["object_id"]] = FINDING_MACHINE.next_state(state, event)

    def _cases_agree(self) -> None:
        twice = self._all(
            f"SELECT finding_id FROM cases WHERE state IN ({_OPEN_MARKS}) "
            "GROUP BY finding_id HAVING count(*) > 1",
            *OPEN_STATES,
        )
        assert not twice, "(3) a finding has two open cases"
        audited: defaultdict[str, list[str]] = defaultdict(list)
        for record in self._seen["audit"]:
            if record["action"] in _CASE_ACTIONS:
                audited[record["object_id"]].append(record["action"])
        assert audited == self._told, "(4) the timeline and the audit record differ"
        cases = self._all("SELECT id, finding_id, open_finding_id, state FROM cases")
        assert {case["id"]: case["state"] for case in cases} == self._cases, "(4)"
        last: dict[str, Row] = {}
        for message in self._all(
            "SELECT case_id, state, event_type FROM outbox WHERE event_type IN (?, ?) "
            "ORDER BY case_id, sequence",
            MessageType.OPENED,
            MessageType.REOPENED,
        ):
            last[message["case_id"]] = message
        for case in cases:
            is_open = case["state"] in OPEN_STATES
            assert (case["open_finding_id"] is not None) == is_open, "(3)"
            if case["state"] == CaseState.DISPATCHING:
                waits = last[case["id"]]["state"] in (OutboxState.PENDING, OutboxState.LEASED)
                assert waits, "(4) a case is being dispatched and no message waits"
            if case["state"] == CaseState.UNDELIVERABLE:
                assert last[case["id"]]["state"] == OutboxState.DEAD, "(4)"

    def _findings_agree(self) -> None:
        for finding in self._all("SELECT id, state, open_key, duplicate_of FROM findings"):
            assert (finding["open_key"] is None) == (finding["state"] in _OVER), "(3)"
            assert finding["state"] == self._findings[finding["id"]], "(4)"
            merged = finding["state"] == FindingState.DUPLICATE
            assert (finding["duplicate_of"] is not None) == merged

    def _trace(self, case_id: str) -> None:
        """(5), (9): why there is this case, and what it goes back to; asked when it is new."""
        self._traced.add(case_id)
        case = self._one("SELECT * FROM cases WHERE id = ?", case_id)
        finding = self._one("SELECT * FROM findings WHERE id = ?", case["finding_id"])
        kind, _, author = case["opened_by"].partition(":")
        if kind == "policy":
            policy = self._one("SELECT * FROM class_policies WHERE id = ?", author)
            assert policy["class_name"] == finding["class_name"], "(5)"
            assert policy["created_at"] <= case["created_at"], "(5)"
        else:
            confirmed = self._one(
                "SELECT count(*) FROM reviews WHERE finding_id = ? AND verdict = 'confirm' "
                "AND user_id = ?",
                finding["id"],
                author,
            )
            assert confirmed[0], "(5) a case without a confirming review"
        seen = self._one(
            "SELECT f.sha256, d.model_digest FROM detections d JOIN frames f ON f.id = d.frame_id "
            "WHERE d.id = ?",
            finding["best_detection_id"],
        )
        assert seen["sha256"] in self.posted, "(9) no such frame was posted"
        assert seen["model_digest"] == self._digest, "(9)"
        for message in self._all("SELECT payload FROM outbox WHERE case_id = ?", case_id):
            proof = json.loads(message["payload"])["proof"]
            assert proof["frame_sha256"] in self.posted, "(9)"
            assert proof["model_digest"] == self._digest, "(9)"

    def _all(self, query: str, *values: Any) -> list[Row]:
        return self._raw.execute(query, values).fetchall()

    def _one(self, query: str, *values: Any) -> Row:
        row: Row = self._raw.execute(query, values).fetchone()
        return row


def urls_in(value: Any) -> Iterator[str]:
    """Yield every link in what was told to a department."""
    if isinstance(value, str):
        if "://" in value:
            yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from urls_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from urls_in(each)
