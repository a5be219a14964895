"""Files in a folder: whole, once, and answered in the same way."""

import csv
import io
import multiprocessing
import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from api.cases.states import CaseEvent, CaseState
from api.dispatch import destinations
from api.dispatch.connectors.wire import open_client
from api.dispatch.destinations import Trial
from api.dispatch.models import Destination, DestinationKind, Doubt, OutboxState
from tests.conftest import sqlite_only
from tests.integration.api.dispatch import victim
from tests.integration.api.dispatch.town import SEAL, SOURCE, Town

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([victim.__name__])


@pytest.fixture
def folder(town: Town, tmp_path: Path) -> Path:
    """Give the department's folder."""
    town.drop_dir = tmp_path / "drop"
    folder = town.drop_dir / "roads" / "inbox"
    folder.mkdir(parents=True)
    return folder


def _destination(town: Town, url: str = "drop:roads/inbox", **settings: str) -> Destination:
    return town.destination(url, kind=DestinationKind.DROP, settings={"language": "en", **settings})


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def _trial(town: Town, destination: Destination) -> Trial:
    assert town.drop_dir is not None
    with open_client(2.0) as client:
        return destinations.trial(
            destination,
            seal=SEAL,
            source=SOURCE,
            client=client,
            timeout_s=2.0,
            drop_dir=town.drop_dir,
        )


def test_a_case_becomes_a_file(town: Town, folder: Path) -> None:
    _destination(town, datum="CGCS2000")
    case_id = town.case()

    assert town.send_all() == 1

    (path,) = folder.iterdir()
    number = town.get(case_id).number
    assert f"-{number}-opened-" in path.name
    (row,) = _rows(path)
    assert row["message_id"] == town.messages(case_id)[0].id
    assert (row["message"], row["case_id"], row["case_number"]) == ("opened", case_id, number)
    assert (row["class"], row["severity"]) == ("pothole", "3")
    assert float(row["latitude"]) == pytest.approx(30.25, abs=1e-5)
    assert row["datum"] == "CGCS2000"
    assert row["pictures"] == ""
    assert (row["status"], row["comment"]) == ("", "")
    assert town.get(case_id).state == CaseState.DISPATCHED
    (delivery,) = town.deliveries(case_id)
    assert (delivery.request_excerpt or "").startswith(f"WRITE drop:roads/inbox/{path.name}\n")


@sqlite_only
def test_the_columns_are_in_the_department_s_language(town: Town, folder: Path) -> None:
    town.destination("drop:roads/inbox", kind=DestinationKind.DROP)
    town.case()
    town.send_all()

    (path,) = folder.iterdir()
    (row,) = _rows(path)
    assert (row["消息"], row["类别"], row["坐标系"]) == ("派遣", "pothole", "WGS-84")


@sqlite_only
def test_a_cancelled_case_becomes_another_file(town: Town, folder: Path) -> None:
    _destination(town)
    case_id = town.case()
    town.send_all()
    town.enter(case_id, CaseEvent.CANCEL)
    town.send_all()

    assert [_rows(path)[0]["message"] for path in sorted(folder.iterdir())] == [
        "opened",
        "cancelled",
    ]


@pytest.mark.parametrize("step", ["after lease", "after send"])
def test_a_sender_killed_at_any_step_leaves_one_file(town: Town, folder: Path, step: str) -> None:
    _destination(town)
    case_id = town.case()
    url = town.database.url.render_as_string(hide_password=False)
    process = _processes.Process(target=victim.run, args=(url, step, town.drop_dir))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL
    written = [path.stat().st_ino for path in folder.iterdir()]
    assert len(written) == int(step != "after lease")

    town.clock.advance(120)
    town.send_all()

    (path,) = folder.iterdir()
    assert path.stat().st_ino in (written or [path.stat().st_ino]), "written over"
    assert town.get(case_id).state == CaseState.DISPATCHED


def test_a_share_that_is_not_there_is_waited_for(town: Town, folder: Path) -> None:
    _destination(town)
    folder.rmdir()
    case_id = town.case()

    town.send_all()
    assert list(folder.parent.iterdir()) == [], "a file fell beside the share"
    (message,) = town.messages(case_id)
    assert (message.state, message.doubt) == (OutboxState.PENDING, Doubt.NONE)
    assert "mount the department's share there" in (town.deliveries(case_id)[0].error or "")

    folder.mkdir()
    town.clock.advance(6)
    town.send_all()
    assert town.get(case_id).state == CaseState.DISPATCHED


@sqlite_only
def test_a_link_leads_nowhere(town: Town, folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (folder.parent / "link").symlink_to(elsewhere)
    destination = _destination(town, "drop:roads/link")
    case_id = town.case()

    town.send_all()

    assert list(elsewhere.iterdir()) == []
    assert town.get(case_id).state == CaseState.UNDELIVERABLE
    assert "leads outside" in _trial(town, destination).detail


@sqlite_only
def test_the_test_button_leaves_nothing_behind(town: Town, folder: Path) -> None:
    destination = _destination(town)

    trial = _trial(town, destination)

    assert trial == Trial(
        ok=True, detail="files can be written into drop:roads/inbox", status_code=None
    )
    assert list(folder.iterdir()) == []
    folder.rmdir()
    assert not _trial(town, destination).ok


def _answer(
    folder: Path,
    rows: Sequence[Mapping[str, str]],
    *,
    name: str = "ours.csv",
    encoding: str = "utf-8",
) -> None:
    """Write a file of answers as a department does, finished a while ago."""
    (folder / "answers").mkdir(exist_ok=True)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    path = folder / "answers" / name
    path.write_bytes(text.getvalue().encode(encoding))
    os.utime(path, (time.time() - 30, time.time() - 30))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_an_answer_moves_the_case_once(town: Town, folder: Path, encoding: str) -> None:
    _destination(town)
    case_id = town.case()
    town.send_all()
    number = town.get(case_id).number
    rows = [
        {"案件编号": number, "状态": "处置中", "说明": "三号班组已出发", "部门编号": "养-7"},
        {"案件编号": number, "状态": "", "说明": "", "部门编号": ""},
    ]

    _answer(folder, rows, encoding=encoding)
    assert town.poller().run_once() == 1

    case = town.get(case_id)
    assert (case.state, case.external_id) == (CaseState.IN_PROGRESS, "养-7")
    assert town.timeline(case_id)[-1].comment == "三号班组已出发"
    taken = folder / "answers" / "taken" / "ours.csv"
    assert taken.exists()
    assert town.poller().run_once() == 0

    taken.rename(folder / "answers" / "ours.csv")  # as if the poller had died before moving it
    assert town.poller().run_once() == 0
    assert len([entry for entry in town.timeline(case_id) if entry.event == "start"]) == 1


def test_the_file_itself_can_come_back_filled_in(town: Town, folder: Path) -> None:
    _destination(town)
    case_id = town.case()
    town.send_all()
    (path,) = folder.iterdir()

    _answer(folder, [{**_rows(path)[0], "status": "done"}], name=path.name)

    assert town.poller().run_once() == 1
    assert town.get(case_id).state == CaseState.VERIFYING


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([{"case_number": "?", "state": "done"}], "no column 状态 (status)"),
        ([{"number": "?", "status": "done"}], "no column 案件编号 (case_number)"),
        ([{"case_number": "?", "status": "finished"}], "line 2: 'finished' is no status"),
        ([{"case_number": "", "status": "done"}], "line 2: the case number is missing"),
        ([{"case_number": "XJ-20260101-000001", "status": "done"}], "given no such case"),
        ([{"case_number": "?", "status": "done", "comment": "x" * 3000}], "comment"),
        ([{"case_number": "?", "status": "done", "comment": "a\x00b"}], "neither UTF-8"),
    ],
)
@sqlite_only
def test_answers_that_cannot_be_taken_change_nothing(
    town: Town, folder: Path, rows: list[dict[str, str]], says: str
) -> None:
    _destination(town)
    case_id = town.case()
    town.send_all()
    number = town.get(case_id).number
    filled = [{key: value.replace("?", number) for key, value in row.items()} for row in rows]
    good = {key: number if value == "?" else value for key, value in rows[0].items()}
    first = {**good, "case_number": number, "status": "done", "comment": ""}
    together = [first, *filled] if says == "given no such case" else filled

    _answer(folder, together)
    assert town.poller().run_once() == 0

    assert town.get(case_id).state == CaseState.DISPATCHED
    refused = folder / "answers" / "refused"
    assert (refused / "ours.csv").exists()
    assert says in (refused / "ours.txt").read_text(encoding="utf-8-sig")


@sqlite_only
def test_what_is_still_being_written_is_left(town: Town, folder: Path) -> None:
    _destination(town)
    case_id = town.case()
    town.send_all()
    _answer(folder, [{"case_number": town.get(case_id).number, "status": "done"}])
    path = folder / "answers" / "ours.csv"
    os.utime(path)

    assert town.poller().run_once() == 0
    assert path.exists()

    os.utime(path, (time.time() - 30, time.time() - 30))
    assert town.poller().run_once() == 1
