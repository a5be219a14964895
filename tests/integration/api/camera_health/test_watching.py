"""What the watch over cameras makes of what comes, and what of that the crew is told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from sqlalchemy import select

from api.camera_health import sights
from api.camera_health.judging import IN_A_ROW
from api.camera_health.models import CameraSight, CameraTrouble
from api.camera_health.watching import watch
from api.cameras import pictures
from api.cameras.models import Camera, CameraKind
from api.cases import service as cases
from api.cases.models import Case
from api.cases.service import Report
from api.cases.states import CaseEvent, CaseState
from api.counts.models import FieldCount
from api.coverage.models import Coverage
from api.database import Database, new_id
from api.evidence.objects import ObjectStore, open_object_store
from api.findings.models import Finding
from api.frames.models import Frame
from api.gateway_reports import service as reports
from api.gateway_reports.schemas import ReportPost
from api.gateways.models import Gateway
from api.settings import Settings
from api.verification.service import open_verification
from inference.sight import Sight
from tests.conftest import GatewayToken, MakeCamera, SignIn, sqlite_only

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BLACK = cv2.imencode(".jpg", np.zeros((540, 960, 3), np.uint8))[1].tobytes()


@dataclass
class Town:
    """Cameras, what comes from them, and the clock."""

    database: Database
    objects: ObjectStore
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _seed: int = 0

    def posts(
        self,
        camera: Camera,
        times: int = IN_A_ROW,
        *,
        sharpness: float = 300.0,
        brightness: float = 0.5,
        plain: int = 0,
        still: bool = False,
        every: timedelta = MINUTE,
    ) -> None:
        """Let pictures of a camera come in, one a minute."""
        for _ in range(times):
            self.at += every
            if not still:
                self._seed += 1
            noise = np.random.default_rng(self._seed).integers(0, 255, (90, 160))
            with self.database.write() as session:
                session.add(
                    Frame(
                        id=new_id(),
                        gateway_id=camera.gateway_id,
                        camera_id=camera.id,
                        idempotency_key=new_id(),
                        request_digest="0" * 64,
                        sha256=f"{self.at.timestamp():064.6f}",
                        content_type="image/jpeg",
                        width=1920,
                        height=1080,
                        captured_at=self.at,
                        received_at=self.at,
                        reply={},
                    )
                )
                sights.keep(
                    session,
                    camera_id=camera.id,
                    captured_at=self.at,
                    sight=Sight(sharpness, brightness, plain, noise.astype(np.uint8)),
                )

    def lasts(self, camera: Camera, times: int, **looks: Any) -> None:
        """Let the watch look after every ten pictures, as it does every few minutes."""
        for _ in range(times // IN_A_ROW):
            self.posts(camera, IN_A_ROW, **looks)
            self.looks()

    def shows(self, camera: Camera, picture: bytes) -> None:
        with self.database.write() as session:
            pictures.keep(
                session,
                camera_id=camera.id,
                captured_at=self.at,
                size_wh=(1920, 1080),
                picture=picture,
            )

    def reports(self, gateway: Gateway, *cameras: dict[str, Any], dropped: int = 0) -> None:
        """Let a gateway report, by the watch's clock."""
        said = {
            "at": self.at,
            "queue": {
                "waiting_alerts": 0,
                "waiting_backfill": 0,
                "bytes": 0,
                "dropped": dropped,
                "refused": 0,
                "damaged": 0,
            },
            "cameras": [{"since": self.at, **one} for one in cameras],
        }
        with self.database.write() as session:
            row = reports.take(
                session, gateway_id=gateway.id, report=ReportPost.model_validate(said)
            )
            row.received_at = self.at
            if row.lost_at is not None:
                row.lost_at = row.lost_since = self.at

    def looks(self, *, later: timedelta = timedelta()) -> None:
        self.at += later
        watch(self.database, self.objects, at=self.at)

    def troubles(self, camera: Camera) -> list[tuple[str, bool]]:
        with self.database.read() as session:
            rows = session.scalars(
                select(CameraTrouble)
                .where(CameraTrouble.camera_id == camera.id)
                .order_by(CameraTrouble.id)
            )
            return [(row.trouble, row.lasting) for row in rows]

    def findings(self) -> list[tuple[str, str]]:
        with self.database.read() as session:
            rows = session.scalars(select(Finding).order_by(Finding.id))
            return [(row.class_name, row.state.value) for row in rows]


@pytest.fixture
def town(database: Database, settings: Settings) -> Town:
    return Town(database, open_object_store(settings.resolved_object_store))


def state(client: httpx.Client, camera: Camera) -> str:
    shown: str = client.get(f"/v1/cameras/{camera.id}").json()["health"]["state"]
    return shown


@pytest.mark.parametrize(
    ("looks", "trouble"),
    [
        ({"brightness": 0.01, "sharpness": 2.0}, "dark"),
        ({"sharpness": 9.0}, "blurred"),
        ({"still": True}, "frozen"),
    ],
)
def test_ten_bad_pictures_are_a_trouble_and_ten_good_ones_end_it(
    town: Town, make_camera: MakeCamera, sign_in: SignIn, looks: dict[str, Any], trouble: str
) -> None:
    camera, operator = make_camera(), sign_in("operator")
    town.posts(camera)
    town.looks()
    assert state(operator, camera) == "well"
    town.posts(camera, 4, **looks)
    town.looks()
    assert town.troubles(camera) == []
    town.posts(camera, IN_A_ROW - 3, **looks)
    town.looks()
    town.looks()
    assert town.troubles(camera) == [(trouble, True)]
    assert state(operator, camera) == trouble
    town.looks(later=10 * MINUTE)  # nothing came: that is no health
    assert (trouble, True) in town.troubles(camera)
    town.posts(camera, IN_A_ROW - 1)
    town.looks()
    assert (trouble, True) in town.troubles(camera)
    town.posts(camera, 2)
    if trouble == "dark":  # a lamp fails at night alone: a whole day has to be well
        town.looks()
        assert (trouble, True) in town.troubles(camera)
        town.posts(camera, 36, every=HOUR)
    town.looks()
    assert town.troubles(camera) == [(trouble, False)]
    assert state(operator, camera) == "well"


def test_a_view_is_blocked_where_there_were_edges_before(
    town: Town, make_camera: MakeCamera
) -> None:
    sky, covered = (1 << 24) - 1, (1 << 72) - 1  # the upper quarter, three quarters
    camera, plain = make_camera(), make_camera()
    for one, usual in ((camera, sky), (plain, covered)):
        town.posts(one, 30, plain=usual, every=HOUR)
        town.lasts(one, 2 * IN_A_ROW, plain=covered)
    assert ("blocked", True) in town.troubles(camera)
    assert "blocked" not in dict(town.troubles(plain))


def test_nobody_is_told_that_it_is_dark_at_night(town: Town, make_camera: MakeCamera) -> None:
    pole = make_camera(kind=CameraKind.FIELD_POLE)
    for _ in range(3):
        town.posts(pole, 12, every=HOUR)
        town.posts(pole, 12, every=HOUR, brightness=0.01)
    town.posts(pole, 12, every=HOUR)
    town.posts(pole, IN_A_ROW, brightness=0.01)
    town.looks()
    assert town.troubles(pole) == []


def test_a_camera_is_silent_until_three_pictures_have_come(
    town: Town, make_camera: MakeCamera, sign_in: SignIn
) -> None:
    camera = make_camera(kind=CameraKind.CHECKPOINT)
    admin = sign_in("admin")
    town.posts(camera)
    town.looks(later=23 * HOUR)
    assert town.troubles(camera) == []
    town.looks(later=2 * HOUR)
    assert town.troubles(camera) == [("silent", True)]
    assert state(admin, camera) == "silent"
    town.posts(camera, 2)
    town.looks()
    assert town.troubles(camera) == [("silent", True)]
    town.posts(camera, 1)
    town.looks()
    assert town.troubles(camera) == [("silent", False)]

    set_to = {"quiet_ceiling_minutes": 30}
    assert (
        admin.patch(f"/v1/cameras/{camera.id}", json=set_to).json()["quiet_ceiling_minutes"] == 30
    )
    town.looks(later=40 * MINUTE)
    assert town.troubles(camera) == [("silent", True)]  # the same one: it returned within the hour
    admin.patch(f"/v1/cameras/{camera.id}", json={"disabled": True})
    town.looks()
    assert town.troubles(camera) == [("silent", False)]


def test_a_fixed_camera_is_held_against_its_last_good_picture(
    town: Town, make_camera: MakeCamera
) -> None:
    from tests.integration.api.cameras.test_pictures import jpeg

    camera = make_camera(kind=CameraKind.COMMUNITY)

    def later(picture: bytes) -> None:
        town.posts(camera, 15)
        town.shows(camera, picture)
        town.looks()

    later(jpeg())
    later(jpeg(shift=2))
    later(jpeg(shift=160))
    assert town.troubles(camera) == []
    later(jpeg(shift=160))
    assert town.troubles(camera) == [("moved", True)]
    later(jpeg())
    assert town.troubles(camera) == [("moved", False)]


def test_the_crew_is_told_once_with_the_last_good_picture_beside_the_newest(
    town: Town, make_camera: MakeCamera, sign_in: SignIn
) -> None:
    from tests.integration.api.cameras.test_pictures import jpeg

    camera, operator = make_camera(), sign_in("operator")
    town.posts(camera)
    town.shows(camera, jpeg())
    town.looks()
    town.posts(camera, 15, brightness=0.01)
    town.shows(camera, BLACK)
    town.looks()
    assert (town.troubles(camera), town.findings()) == ([("dark", True)], [])
    town.posts(camera, 30, brightness=0.01)
    for _ in range(2):
        town.looks()
    assert town.findings() == [("camera_dark", "pending_review")]
    (listed,) = operator.get("/v1/findings").json()["items"]
    finding = operator.get(f"/v1/findings/{listed['id']}").json()
    assert (finding["kind"], finding["inspection"]) == ("device", "camera_health")
    assert finding["details"]["trouble"] == "dark"
    assert finding["details"]["cameras"] == [camera.name]
    assert [one["shows"] for one in finding["evidence"]] == ["before", "after"]
    before, after = (operator.get(one["plain_url"]).content for one in finding["evidence"])
    assert (before, after) == (jpeg(), BLACK)
    shown = operator.get(f"/v1/cameras/{camera.id}").json()["health"]
    assert shown["finding_id"] == finding["id"]

    town.posts(camera, 36, every=HOUR)  # over, before anybody said a word
    town.looks()
    assert town.findings() == [("camera_dark", "withdrawn")]


def test_a_repair_is_verified_by_pictures_and_reopened_by_the_trouble(
    town: Town, make_camera: MakeCamera, sign_in: SignIn
) -> None:
    camera, supervisor = make_camera(), sign_in("supervisor")
    town.posts(camera)
    town.lasts(camera, 50, sharpness=5.0)
    (listed,) = supervisor.get("/v1/findings").json()["items"]
    reviewed = supervisor.post(f"/v1/findings/{listed['id']}/review", json={"verdict": "confirm"})
    case = reviewed.json()["case"]["id"]

    def claim() -> None:
        """Let the department say that it is done, by the watch's clock."""
        with town.database.write() as session:
            row = session.get_one(Case, case)
            row.state = CaseState.DISPATCHED
            cases.change(session, case=row, report=Report(CaseEvent.CLAIM_DONE, "user:x"))
            open_verification(session, case).claimed_at = town.at  # type: ignore[union-attr]

    def stands() -> str:
        said: str = supervisor.get(f"/v1/cases/{case}").json()["state"]
        return said

    claim()
    verification = supervisor.get(f"/v1/cases/{case}/verification").json()
    assert (verification["method"], verification["state"]) == ("health", "waiting")
    town.posts(camera, 5, sharpness=5.0)
    town.looks()
    assert stands() == "verifying"
    town.lasts(camera, 40, sharpness=5.0)
    assert stands() == "reopened"

    claim()
    town.looks(later=2 * HOUR)
    assert stands() == "verifying"  # nothing came: that proves no repair
    town.posts(camera, 2 * IN_A_ROW)
    town.looks()
    assert stands() == "closed"

    town.posts(camera, 90)
    town.lasts(camera, 50, sharpness=5.0)
    assert [name for name, _ in town.findings()] == ["camera_blurred", "camera_blurred"]
    newest = supervisor.get("/v1/findings", params={"order": "newest"}).json()["items"][0]
    assert supervisor.get(f"/v1/findings/{newest['id']}").json()["details"]["earlier"] == 1


def test_what_a_blind_camera_does_not_show_is_no_zero(town: Town, make_camera: MakeCamera) -> None:
    camera, began = make_camera(), town.at
    town.posts(camera)
    town.posts(camera, 15, still=True)
    with town.database.write() as session:
        for number, frame in enumerate(
            session.scalars(select(Frame).order_by(Frame.captured_at)).all()
        ):
            known = {"frame_id": frame.id, "camera_id": camera.id, "captured_at": frame.captured_at}
            session.add(
                Coverage(
                    **known,
                    inspection="road_damage",
                    sharpness=300.0,
                    brightness=0.5,
                    usable=True,
                )
            )
            session.add(FieldCount(**known, usable=True, counts={"insect": number}))
    town.looks()
    assert town.troubles(camera) == [("frozen", True)]
    with town.database.read() as session:
        for table in (Coverage, FieldCount):
            times = session.scalars(select(table.captured_at).where(table.usable)).all()
            assert times
            assert max(times) < began + 16 * MINUTE


def test_a_rejected_finding_is_not_asked_about_again(
    town: Town, make_camera: MakeCamera, sign_in: SignIn
) -> None:
    camera, operator = make_camera(), sign_in("operator")
    town.posts(camera)
    town.lasts(camera, 50, sharpness=5.0)
    (listed,) = operator.get("/v1/findings").json()["items"]
    word = {"verdict": "reject", "reason": "other"}
    assert operator.post(f"/v1/findings/{listed['id']}/review", json=word).is_success
    town.lasts(camera, 50, sharpness=5.0)
    assert town.findings() == [("camera_blurred", "rejected")]


def test_a_silent_gateway_is_one_finding_and_not_one_for_each_camera(
    town: Town,
    make_camera: MakeCamera,
    make_gateway_token: Callable[[], GatewayToken],
    sign_in: SignIn,
) -> None:
    gateway = make_gateway_token().gateway
    mine = [make_camera(gateway=gateway, kind=CameraKind.CHECKPOINT) for _ in range(3)]
    operator = sign_in("operator")
    for camera in mine:
        town.posts(camera)
    town.reports(gateway)
    town.looks(later=9 * MINUTE)
    assert [town.troubles(camera) for camera in mine] == [[], [], []]
    town.looks(later=30 * MINUTE)
    assert {state(operator, camera) for camera in mine} == {"silent"}
    town.looks(later=10 * MINUTE)
    assert town.findings() == [("gateway_silent", "pending_review")]
    (listed,) = operator.get("/v1/findings").json()["items"]
    details = operator.get(f"/v1/findings/{listed['id']}").json()["details"]
    assert details["gateway"]["name"] == gateway.name
    assert len(details["cameras"]) == 3

    town.reports(gateway)  # it is back, but one of its cameras is not
    for camera in mine[1:]:
        town.posts(camera, 3)
    town.reports(gateway, {"camera": mine[0].id, "status": "unreachable", "detail": "no route"})
    town.looks()
    assert state(operator, mine[1]) == "well"
    assert town.findings()[0] == ("gateway_silent", "withdrawn")
    town.looks(later=5 * MINUTE)
    assert ("camera_silent", "pending_review") in town.findings()
    shown = operator.get(f"/v1/cameras/{mine[0].id}").json()["health"]
    assert (shown["state"], shown["detail"]) == ("silent", "no route")


def test_the_cameras_of_a_gateway_that_loses_pictures_are_in_trouble(
    town: Town,
    make_camera: MakeCamera,
    make_gateway_token: Callable[[], GatewayToken],
    sign_in: SignIn,
) -> None:
    gateway = make_gateway_token().gateway
    camera, operator = make_camera(gateway=gateway), sign_in("operator")
    town.posts(camera)
    for dropped in (5, 9):
        town.reports(gateway, dropped=dropped)
    town.looks()
    assert state(operator, camera) == "losing"
    (row,) = operator.get("/v1/camera-health").json()["items"]
    assert (row["trouble"], row["gateway_id"], row["lasting"]) == ("losing", gateway.id, True)


@pytest.mark.parametrize(("status", "trouble"), [("unreachable", "silent"), ("frozen", "frozen")])
@sqlite_only
def test_what_a_gateway_says_of_a_camera_counts_at_once(
    town: Town,
    make_camera: MakeCamera,
    make_gateway_token: Callable[[], GatewayToken],
    status: str,
    trouble: str,
) -> None:
    gateway = make_gateway_token().gateway
    camera = make_camera(gateway=gateway)
    town.posts(camera)
    town.reports(gateway, {"camera": camera.id, "status": status})
    town.looks()
    assert town.troubles(camera) == [(trouble, True)]
    town.reports(gateway, {"camera": camera.id, "status": "live"})
    town.looks()
    assert town.troubles(camera) == [(trouble, True)]  # its word alone is no health
    town.posts(camera, IN_A_ROW + 1)
    town.reports(gateway, {"camera": camera.id, "status": "live"})
    town.looks()
    assert town.troubles(camera) == [(trouble, False)]


@sqlite_only
def test_pictures_of_a_day_are_kept_and_of_two_weeks_one_an_hour(
    town: Town, make_camera: MakeCamera
) -> None:
    camera = make_camera()
    town.posts(camera, 40, every=10 * MINUTE)
    with town.database.read() as session:
        times = session.scalars(
            select(CameraSight.captured_at).order_by(CameraSight.captured_at)
        ).all()
    first_of_hour = {at.replace(minute=0, second=0, microsecond=0): at for at in reversed(times)}
    town.looks(later=2 * 24 * HOUR)
    with town.database.read() as session:
        rows = session.scalars(select(CameraSight).order_by(CameraSight.captured_at)).all()
        assert {row.captured_at for row in rows} == {*first_of_hour.values(), times[-1]}
        assert [row for row in rows if row.thumbnail is not None] == [rows[-1]]
    town.looks(later=15 * 24 * HOUR)
    with town.database.read() as session:
        assert len(session.scalars(select(CameraSight)).all()) == 1
