"""The file that a message becomes."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.dispatch.connectors.base import Media, Outgoing
from api.dispatch.connectors.drop import COLUMNS, DropConnector, DropSettings
from api.dispatch.connectors.wire import Wire, open_client
from api.dispatch.models import Doubt, MessageType

_AT = datetime(2026, 11, 21, 8, 0, 0, 123456, tzinfo=UTC)
_FACTS: dict[str, Any] = {
    "case": {
        "id": "case",
        "number": "XJ-20261121-000123",
        "opened_at": "2026-11-21T08:00:00+00:00",
        "class_code": {
            "code": "3301060208000012",
            "class_code": "33010602080",
            "label_zh": "路面坑槽",
            "label_en": "Pothole",
        },
        "grid": {"code": "330106001002", "name": "文三路社区第二网格"},
    },
    "finding": {
        "id": "finding",
        "class": "pothole",
        "severity": 3,
        "size_m": None,
        "looks": 4,
        "first_seen_at": "2026-11-20T08:00:00+00:00",
        "last_seen_at": "2026-11-21T08:00:00+00:00",
        "details": {"origin": {"floor": 7}},
    },
    "location": None,
    "deadline": {"term": "3 working days", "due_at": "2026-11-25T10:00:00+00:00"},
}


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    (tmp_path / "roads").mkdir()
    with open_client(1.0) as client:
        yield Wire(client, url="drop:roads", timeout_s=1.0, drop_dir=tmp_path)


def _outgoing(event_type: MessageType, facts: dict[str, Any] = _FACTS) -> Outgoing:
    return Outgoing(
        id="0199f0c2-7e2a-7c41-9a52-6f3f5d1c2b10",
        event_type=event_type,
        case_id="case",
        facts=facts,
        media=(Media("http://x/a", "image/jpeg"), Media("http://x/b", "video/mp4")),
        created_at=_AT,
        started_at=_AT,
        first_started_at=_AT,
        doubt=Doubt.NONE,
        source="http://x",
        callback_url=None,
        known_as=None,
    )


def _row(wire: Wire) -> dict[str, str]:
    assert wire.drop_dir is not None
    (path,) = (wire.drop_dir / "roads").iterdir()
    text = path.read_bytes().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    return row


def test_the_file_holds_what_the_city_calls_it_and_until_when(wire: Wire) -> None:
    DropConnector(DropSettings(), None).send(_outgoing(MessageType.OPENED), wire)

    row = _row(wire)
    assert list(row) == [label.zh for label in COLUMNS.values()]
    assert row["案件类别代码"] == "3301060208000012 路面坑槽"
    assert row["网格"] == "330106001002 文三路社区第二网格"
    assert (row["处置时限"], row["截止时间（UTC）"]) == (
        "3 working days",
        "2026-11-25T10:00:00+00:00",
    )
    assert row["图片"] == "http://x/a http://x/b"
    assert row["详情"] == '{"origin": {"floor": 7}}'
    assert (row["纬度"], row["坐标系"], row["尺寸（米）"]) == ("", "", "")


@pytest.mark.parametrize("event_type", MessageType)
def test_every_message_has_its_file_and_its_word(wire: Wire, event_type: MessageType) -> None:
    settings = DropSettings(language="en")
    bare = {**_FACTS, "case": {"id": "case", "number": "XJ-1", "opened_at": ""}, "deadline": None}

    DropConnector(settings, None).send(_outgoing(event_type, bare), wire)

    assert _row(wire)["message"] == event_type.value
    assert wire.drop_dir is not None
    (path,) = (wire.drop_dir / "roads").iterdir()
    assert path.name == f"20261121T080000.123456Z-XJ-1-{event_type}-6f3f5d1c2b10.csv"


def test_a_message_sent_again_leaves_its_file_as_it_is(wire: Wire) -> None:
    connector = DropConnector(DropSettings(), None)
    connector.send(_outgoing(MessageType.OPENED), wire)
    assert wire.drop_dir is not None
    (path,) = (wire.drop_dir / "roads").iterdir()
    path.write_text("filled in by the department")

    connector.send(_outgoing(MessageType.OPENED), wire)

    assert path.read_text() == "filled in by the department"
