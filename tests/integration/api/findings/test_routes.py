"""Findings through HTTP: the queue, the map, one of them, and who may see what."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from api.cameras.models import Camera
from api.database import Database, new_id, now
from api.findings.models import Finding
from api.findings.states import FindingState
from benchmarks.gathering import Fleet, drives, pothole
from tests.conftest import MakeCamera, SignIn


def _rows(camera: Camera, count: int) -> list[dict[str, object]]:
    start = now() - timedelta(days=1)
    return [
        {
            "id": new_id(),
            "inspection": "road_damage",
            "kind": "place",
            "class_name": ("pothole", "crack")[number % 2],
            "class_group": ("pothole", "pavement_crack")[number % 2],
            "state": (FindingState.PENDING_REVIEW, FindingState.CANDIDATE)[number % 5 == 0],
            "camera_id": camera.id,
            "latitude": 30.0 + number * 1e-5,
            "longitude": 120.0 + number * 1e-5,
            "accuracy_m": 2.0,
            "cell": None,
            "size_m": 0.5,
            "severity": 1 + number * 7 % 4,
            "confidence": (number * 13 % 50) / 50,
            "looks": 1,
            "first_seen_at": start + timedelta(seconds=number * 31 % 997),
            "last_seen_at": start,
        }
        for number in range(count)
    ]


@pytest.fixture
def camera(make_camera: MakeCamera) -> Camera:
    return make_camera()


def _all_pages(client: object, **query: object) -> list[dict[str, object]]:
    items: list[dict[str, object]] = []
    cursor = None
    while True:
        answer = client.get("/v1/findings", params={**query, "cursor": cursor} if cursor else query)  # type: ignore[attr-defined]
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return items


@pytest.mark.parametrize("order", ["priority", "newest"])
def test_pages_hold_everything_once_and_in_order(
    database: Database, camera: Camera, sign_in: SignIn, order: str
) -> None:
    rows = _rows(camera, 60)
    with database.write() as session:
        session.execute(insert(Finding), rows)
    items = _all_pages(sign_in("operator"), order=order, limit=7, state="pending_review")
    wanted = [row for row in rows if row["state"] is FindingState.PENDING_REVIEW]

    def key(row: dict[str, object]) -> tuple[object, ...]:
        seen = row["first_seen_at"].timestamp()  # type: ignore[attr-defined]
        if order == "newest":
            return (-seen, [-ord(letter) for letter in str(row["id"])])
        return (-row["severity"], -row["confidence"], seen, row["id"])  # type: ignore[operator]

    assert [item["id"] for item in items] == [row["id"] for row in sorted(wanted, key=key)]


def test_filters(database: Database, camera: Camera, sign_in: SignIn) -> None:
    rows = _rows(camera, 20)
    with database.write() as session:
        session.execute(insert(Finding), rows)
    operator = sign_in("operator")

    def ids(**query: object) -> set[object]:
        return {item["id"] for item in _all_pages(operator, **query)}

    assert ids(**{"class": "crack"}) == {r["id"] for r in rows if r["class_name"] == "crack"}
    assert ids(min_severity=3) == {r["id"] for r in rows if r["severity"] >= 3}  # type: ignore[operator]
    assert ids(camera=camera.name) == ids(camera=camera.id) == {r["id"] for r in rows}
    assert ids(camera="nobody") == ids(inspection="falling_object") == set()
    assert ids(state=["candidate", "pending_review"]) == {r["id"] for r in rows}
    assert ids(bbox="119.9999,29.9999,120.000045,30.000045") == {r["id"] for r in rows[:5]}
    for bad in ("1,2,3", "a,b,c,d", "0,10,1,5", "0,0,1,91"):
        assert operator.get("/v1/findings", params={"bbox": bad}).status_code == 422
    cursor = operator.get("/v1/findings", params={"limit": 2}).json()["next_cursor"]
    other = operator.get("/v1/findings", params={"order": "newest", "cursor": cursor})
    assert other.status_code == 400


def test_the_map_is_geojson(database: Database, camera: Camera, sign_in: SignIn) -> None:
    rows = _rows(camera, 5)
    rows[0] |= {"latitude": None, "longitude": None}
    with database.write() as session:
        session.execute(insert(Finding), rows)
    answer = sign_in("operator").get("/v1/findings.geojson", params={"state": "pending_review"})
    assert answer.headers["content-type"] == "application/geo+json"
    body = answer.json()
    assert (body["type"], body["truncated"]) == ("FeatureCollection", False)
    by_id = {feature["id"]: feature for feature in body["features"]}
    assert set(by_id) == {row["id"] for row in rows[1:]}
    one = by_id[rows[1]["id"]]
    assert one["geometry"] == {"type": "Point", "coordinates": [120.00001, 30.00001]}
    assert one["properties"]["class"] == "crack"
    assert one["properties"]["last_seen_at"].endswith("Z")


def test_the_map_is_sent_packed_once_and_then_only_what_changed(
    database: Database, camera: Camera, sign_in: SignIn
) -> None:
    rows = _rows(camera, 40)
    long_ago = now() - timedelta(hours=3)
    with database.write() as session:
        session.execute(insert(Finding), [row | {"updated_at": long_ago} for row in rows])
    operator = sign_in("operator")
    answer = operator.get("/v1/findings.geojson")
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.json()["features"]) == 40
    known = {"If-None-Match": answer.headers["etag"]}
    same = operator.get("/v1/findings.geojson", headers=known)
    assert (same.status_code, same.content) == (304, b"")
    plain = operator.get("/v1/findings.geojson", headers={"Accept-Encoding": "identity"})
    assert plain.json() == answer.json()

    with database.write() as session:
        finding = session.get_one(Finding, rows[3]["id"])
        finding.state = FindingState.REJECTED
    assert operator.get("/v1/findings.geojson", headers=known).status_code == 200
    as_of = answer.json()["as_of"]
    # Everything of the newest minute comes again: it might have been on its way.
    again = operator.get("/v1/findings.geojson", params={"changed_since": as_of}).json()
    assert len(again["features"]) == 40
    fresh = operator.get("/v1/findings.geojson", params={"changed_since": again["as_of"]}).json()
    assert [each["properties"]["state"] for each in fresh["features"]] == ["rejected"]
    assert fresh["as_of"] == again["as_of"]
    nothing = operator.get(
        "/v1/findings.geojson", params={"changed_since": (now() + timedelta(hours=1)).isoformat()}
    )
    assert nothing.json()["features"] == []
    naive = operator.get("/v1/findings.geojson", params={"changed_since": "2026-11-22T00:00:00"})
    assert naive.status_code == 422


def test_one_finding_with_everything(database: Database, sign_in: SignIn) -> None:
    looks = drives(
        [pothole("a", 30.0), pothole("b", 42.0)],
        noise_m=0.5,
        seed=4,
        passes=2,
        length_m=60.0,
        miss_rate=0.0,
    )[1]
    with database.write() as session:
        fleet = Fleet(session)
        for look in looks:
            fleet.post(look)
        first, second = (finding.id for finding in fleet.findings())
    operator = sign_in("operator")
    body = operator.get(f"/v1/findings/{first}").json()
    assert (body["state"], body["class"], body["looks"]) == ("pending_review", "pothole", 2)
    assert body["camera"]["name"] == "bus-1"
    assert [near["id"] for near in body["nearby"]] == [second]
    assert {"confirm", "reject", "mark_duplicate", "defer"} <= set(body["events"])
    assert body["reviews"] == []
    assert {one["model"]["name"] for one in body["detections"]} == {"simulated"}
    assert all(one["latitude"] for one in body["detections"])
    kept = {one["id"]: one for one in body["evidence"]}
    passes = body["passes"]
    assert len({one["pass_key"] for one in passes}) == len(passes) == 2
    assert [one["last_at"] for one in passes] == sorted(
        (one["last_at"] for one in passes), reverse=True
    )
    assert sum(one["frames"] for one in passes) == len(body["detections"])
    assert {one["camera"]["id"] for one in passes} == {
        one["camera_id"] for one in body["detections"]
    }
    for one in passes:
        assert one["first_at"] <= kept[one["evidence_id"]]["captured_at"] <= one["last_at"]
        assert kept[one["evidence_id"]]["redacted"] is False
    picture = body["picture"]
    assert picture["evidence_id"] in {one["id"] for one in body["evidence"]}
    assert picture["plain_url"].endswith("rendition=plain")
    assert (picture["width"], picture["height"]) == (1280, 720)
    assert len(picture["boxes"]) == 1


def test_only_the_cameras_one_may_see(database: Database, sign_in: SignIn, camera: Camera) -> None:
    looks = drives(
        [pothole("a", 40.0)], noise_m=0.5, seed=4, passes=2, length_m=60.0, miss_rate=0.0
    )[1]
    with database.write() as session:
        fleet = Fleet(session)
        for look in looks:
            fleet.post(look)
        (finding,) = fleet.findings()
        finding_id, first = finding.id, finding.camera_id
    stranger = sign_in("operator", camera_ids=[camera.id])
    assert stranger.get(f"/v1/findings/{finding_id}").status_code == 404
    assert stranger.get("/v1/findings").json()["items"] == []
    assert stranger.get("/v1/findings.geojson").json()["features"] == []
    own = sign_in("operator", camera_ids=[first])
    body = own.get(f"/v1/findings/{finding_id}").json()
    # The other bus saw it too: its detections and pictures are not for this operator.
    assert {one["camera_id"] for one in body["detections"]} == {first}
    assert {one["camera"]["id"] for one in body["passes"]} == {first}
    assert sign_in("operator").get("/v1/findings/none").status_code == 404


def test_the_queue_of_50_000_is_read_from_its_index(sqlite_url: str) -> None:
    """The page of a queue must not sort, nor read, all findings."""
    database = Database(sqlite_url)
    queue = (
        "SELECT * FROM findings WHERE state IN ('pending_review') "
        "ORDER BY severity DESC, confidence DESC, first_seen_at, id LIMIT 51"
    )
    newest = "SELECT * FROM findings ORDER BY first_seen_at DESC, id DESC LIMIT 51"
    with database.read() as session:
        for query, index in (
            (queue, "ix_findings_queue"),
            (newest, "ix_findings_first_seen_at"),
        ):
            plan = " ".join(
                row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {query}"))
            )
            assert index in plan
            assert "TEMP B-TREE" not in plan
    database.close()
