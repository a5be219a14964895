"""What a gateway tells of itself: its page, JSON, Prometheus, and the report to the service."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.queue import Priority, QueueStats
from gateway.sources.camera import CameraState
from gateway.status import Status
from gateway.status_page import render
from gateway.status_server import StatusServer
from gateway.status_words import WORDS
from gateway.supervision import TaskState
from gateway.uplink import UplinkState

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
EMPTY = QueueStats(
    waiting=dict.fromkeys(Priority, 0),
    bytes=0,
    oldest_captured_at=None,
    newest_captured_at=None,
    dropped=dict.fromkeys(Priority, 0),
    refused=0,
    damaged=0,
)
SENDS = UplinkState(120, 0, 4, 2, None, "", NOW - timedelta(seconds=3))
WELL = Status(
    at=NOW,
    started_at=NOW - timedelta(hours=5),
    version="1.2.3",
    service="https://xunjian.example.org/",
    clock_offset_ms=-12.5,
    free_bytes=30 * 1024**3,
    max_bytes={"frames": 8 * 1024**3, "clips": 8 * 1024**3},
    queues={"frames": EMPTY, "clips": EMPTY},
    uplinks={"frames": SENDS, "clips": replace(SENDS, sent=3, last_sent_at=None)},
    cameras={
        "南门": CameraState(
            "live", NOW - timedelta(hours=4), NOW - timedelta(seconds=2), 720, 1, "", (1920, 1080)
        )
    },
    tasks=(TaskState("camera 南门", True, False, 0, None, NOW),),
    position_trouble=None,
)
UNREACHABLE = CameraState(
    "unreachable", NOW - timedelta(minutes=9), None, 0, 4, "<b>connection refused</b>", lost=3
)
FULL = replace(
    EMPTY,
    waiting={Priority.ALERT: 7, Priority.BACKFILL: 3000},
    bytes=8 * 1024**3,
    oldest_captured_at=NOW - timedelta(days=3),
    newest_captured_at=NOW,
    dropped={Priority.ALERT: 0, Priority.BACKFILL: 41},
    refused=2,
    damaged=1,
)
TROUBLED = replace(
    WELL,
    clock_offset_ms=90_000.0,
    free_bytes=1024**2,
    queues={"frames": FULL, "clips": EMPTY},
    uplinks={
        "frames": replace(SENDS, waits_for="token", detail="the token is not known"),
        "clips": replace(SENDS, waits_for="network", detail="no route to host"),
    },
    cameras={**WELL.cameras, "yard": UNREACHABLE},
    tasks=(TaskState("status page", False, False, 3, "address in use", NOW),),
    position_trouble="no satellites",
)


@pytest.fixture
def page() -> Iterator[httpx.Client]:
    """Serve the troubled gateway's status."""
    with StatusServer("127.0.0.1", 0, lambda: TROUBLED) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        with httpx.Client(base_url=url) as client:
            yield client
        server.shutdown()
        thread.join()


def test_nothing_is_to_be_looked_at_when_all_is_well() -> None:
    assert WELL.problems() == []
    assert "All is well" in render(WELL, "en")
    assert "一切正常" in render(WELL, "zh")


def test_everything_that_a_person_should_look_at_is_told() -> None:
    told = {(each.code, each.about) for each in TROUBLED.problems()}
    assert told == {
        ("camera-unreachable", "yard"),
        ("lost", "yard"),
        ("no-token", "frames"),
        ("no-network", "clips"),
        ("dropped", "frames"),
        ("refused", "frames"),
        ("damaged", "frames"),
        ("failed", "status page"),
        ("disk-low", ""),
        ("clock-off", ""),
        ("no-position", ""),
    }


def test_both_languages_have_the_same_words() -> None:
    assert WORDS["zh"].keys() == WORDS["en"].keys()


def test_the_page_is_in_the_readers_language(page: httpx.Client) -> None:
    chinese = page.get("/", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})
    assert 'lang="zh-CN"' in chinese.text
    assert "无法连接" in chinese.text
    english = page.get("/", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert "cannot be reached" in english.text
    assert "无法连接" in page.get("/?lang=zh", headers={"Accept-Language": "en"}).text


def test_the_page_runs_nothing_and_loads_nothing(page: httpx.Client) -> None:
    answer = page.get("/")
    assert "<b>connection refused" not in answer.text
    assert "&lt;b&gt;connection refused" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "<script" not in answer.text
    assert "style=" not in answer.text


def test_json_and_prometheus_say_the_same(page: httpx.Client) -> None:
    told = page.get("/status.json").json()
    assert told["queues"]["frames"]["dropped"] == {"alert": 0, "backfill": 41}
    assert told["cameras"]["yard"]["status"] == "unreachable"
    assert told["at"] == "2026-11-22T08:00:00.000+00:00"
    assert {"code": "disk-low", "about": "", "detail": "1 MiB"} in told["problems"]
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(page.get("/metrics").text)
        for sample in family.samples
    }
    assert samples["xunjian_gateway_queue_dropped_total", "backfill", "frames"] == 41
    assert samples["xunjian_gateway_camera_lost_total", "yard"] == 3
    assert samples["xunjian_gateway_queue_waiting", "alert", "frames"] == 7
    assert samples["xunjian_gateway_camera_state", "unreachable", "yard"] == 1
    assert samples["xunjian_gateway_camera_state", "live", "yard"] == 0
    assert samples["xunjian_gateway_camera_frames_total", "南门"] == 720
    assert samples["xunjian_gateway_upload_waits", "frames", "token"] == 1
    assert samples["xunjian_gateway_clock_offset_seconds",] == 90
    assert samples["process_resident_memory_bytes",] > 0


def test_what_is_not_there_is_not_found(page: httpx.Client) -> None:
    assert page.get("/healthz").text == "ok\n"
    assert page.get("/queue/frames").status_code == 404


def test_the_report_says_what_the_service_wants_to_know() -> None:
    report = json.loads(TROUBLED.report().model_dump_json())
    assert report["queue"] == {
        "waiting_alerts": 7,
        "waiting_backfill": 3000,
        "bytes": 8 * 1024**3,
        "oldest_captured_at": "2026-11-19T08:00:00Z",
        "dropped": 44,  # what cameras lost, too
        "refused": 2,
        "damaged": 1,
    }
    assert [camera["camera"] for camera in report["cameras"]] == ["南门", "yard"]
    assert len(report["cameras"][1]["detail"]) <= 200
