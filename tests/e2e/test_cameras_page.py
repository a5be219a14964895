"""The page's cameras: the list, one camera, zones and facades drawn, thresholds tried."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import EVIL_CAMERA, OpenPage, Town

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PATIENCE_MS = 30_000
WALL = "东门广场固定机位"


@dataclass(frozen=True)
class Yard:
    """Two cameras of the town: one on a bus, one that watches a wall."""

    bus: str
    wall: str


@pytest.fixture(scope="module")
def yard(town: Town) -> Yard:
    """Put up a camera that watches a wall, and let it send a picture."""
    with town.signed_in("admin") as admin:
        (bus,) = admin.get("/v1/cameras").json()["items"]
        made = admin.post(
            "/v1/cameras",
            json={
                "name": WALL,
                "kind": "community",
                "gateway_id": bus["gateway_id"],
                "inspections": ["illegal_building", "falling_object"],
                "latitude": 30.25,
                "longitude": 120.16,
            },
        )
    wall = made.raise_for_status().json()["id"]
    with httpx.Client(base_url=town.url, timeout=60) as gateway:
        gateway.headers["Authorization"] = f"Bearer {town.gateway_token}"
        answer = gateway.post(
            "/v1/frames",
            content=_wall(),
            params={"camera": WALL, "captured_at": "2026-11-21T08:00:00Z"},
            headers={"Content-Type": "image/jpeg", "Idempotency-Key": "wall"},
        )
        assert answer.is_success, answer.text
    return Yard(bus["id"], wall)


def _wall() -> bytes:
    """Return a picture of a house of six floors with four windows each."""
    image = np.full((1080, 1920, 3), (225, 205, 190), np.uint8)
    cv2.rectangle(image, (480, 90), (1440, 1000), (140, 165, 190), -1)
    for floor in range(6):
        for column in range(4):
            x, y = 540 + column * 220, 130 + floor * 145
            cv2.rectangle(image, (x, y), (x + 130, y + 90), (90, 70, 50), -1)
    return cv2.imencode(".jpg", image)[1].tobytes()


def _camera(town: Town, camera_id: str) -> dict[str, object]:
    with town.signed_in("operator") as operator:
        camera: dict[str, object] = operator.get(f"/v1/cameras/{camera_id}").json()
    return camera


def _drawn_on(page: Page) -> Locator:
    page.locator("svg.a9s-annotationlayer").wait_for(timeout=PATIENCE_MS)
    return page.get_by_role("img", name=WALL)


def test_the_list_is_filtered_by_what_the_address_says(
    town: Town, yard: Yard, open_page: OpenPage
) -> None:
    page = open_page("operator", path="/cameras")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2, timeout=PATIENCE_MS)
    expect(page.get_by_text(EVIL_CAMERA, exact=True)).to_be_visible()
    thumbnails = page.locator("tbody img")
    expect(thumbnails).to_have_count(2)
    loaded = "images => images.every(one => one.complete && one.naturalWidth > 0)"
    page.wait_for_function(
        "() => [...document.querySelectorAll('tbody img')].every(i => i.complete)"
    )
    assert thumbnails.evaluate_all(loaded)
    page.get_by_role("textbox", name="按名称或网关查找").fill("广场")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?q="))
    page.goto("/cameras?kind=bus&health=well")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("正常")
    page.goto("/cameras?health=troubled")
    expect(page.get_by_text("没有符合条件的摄像头")).to_be_visible()
    page.get_by_role("button", name="清除筛选").click()
    expect(rows).to_have_count(2)
    page.get_by_role("link", name=WALL).click()
    expect(page.get_by_role("heading", name=WALL)).to_be_visible()


def test_a_zone_is_drawn_with_the_mouse_and_ended(
    town: Town, yard: Yard, open_page: OpenPage, screenshots: Path
) -> None:
    page = open_page("operator", path=f"/cameras/{yard.wall}?tab=zones")
    page.get_by_role("button", name="画一个区域").click()
    picture = _drawn_on(page)
    box = picture.bounding_box()
    assert box is not None
    corners = [(0.25, 0.1), (0.75, 0.1), (0.75, 0.5), (0.25, 0.5)]
    for x, y in [*corners, corners[0]]:
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
        page.wait_for_timeout(400)  # two quick clicks would be one double click
    numbers = page.get_by_role("group", name="角点")
    expect(numbers).to_be_visible()
    page.screenshot(path=screenshots / "zh-CN-camera-zone.png")
    page.get_by_role("textbox", name="许可证号").fill("建字第1号")
    day = (datetime.now(UTC) + timedelta(days=30)).strftime("%Y-%m-%d")
    page.get_by_role("textbox", name="有效期至").fill(day)
    page.keyboard.press("Escape")
    page.get_by_role("textbox", name="说明").fill("外立面改造")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("建字第1号")).to_be_visible()
    with town.signed_in("operator") as operator:
        (zone,) = operator.get(f"/v1/sites/{yard.wall}/zones").json()["items"]
    xs, ys = zip(*zone["polygon"], strict=True)
    assert [min(xs), max(xs), min(ys), max(ys)] == pytest.approx([0.25, 0.75, 0.1, 0.5], abs=0.01)
    page.get_by_role("button", name="结束这个区域").click()
    page.get_by_role("dialog").get_by_role("button", name="结束这个区域").click()
    expect(page.get_by_text("区域已结束")).to_be_visible()


def test_a_facade_is_measured_by_keyboard(
    town: Town, yard: Yard, open_page: OpenPage, screenshots: Path
) -> None:
    page = open_page("admin", path=f"/cameras/{yard.wall}?tab=facade")
    _drawn_on(page)
    page.get_by_text("楼层网格").click()
    page.get_by_role("button", name="放上四个角").click()
    for name, (x, y) in {
        "左上": (480, 90),
        "右上": (1440, 90),
        "右下": (1440, 1000),
        "左下": (480, 1000),
    }.items():
        page.get_by_role("textbox", name=f"{name}，横向").fill(str(x))
        page.get_by_role("textbox", name=f"{name}，纵向").fill(str(y))
    page.screenshot(path=screenshots / "zh-CN-camera-facade.png")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("楼面已保存")).to_be_visible()
    with town.signed_in("admin") as admin:
        facade = admin.get(f"/v1/cameras/{yard.wall}/facade").json()
    assert facade["picture"] == {"width": 1920, "height": 1080}
    assert facade["grid"] == {
        "corners": [[480, 90], [1440, 90], [1440, 1000], [480, 1000]],
        "floors": 6,
        "columns": 4,
    }


def test_thresholds_are_tried_by_everybody_and_saved_by_an_administrator(
    town: Town, yard: Yard, open_page: OpenPage
) -> None:
    path = f"/cameras/{yard.bus}?tab=thresholds"
    page = open_page("operator", path=path)
    page.get_by_role("button", name="看看上周会怎样").click()
    expect(page.get_by_role("table", name="上周的发现")).to_have_count(2)
    expect(page.get_by_role("button", name="保存")).to_have_count(0)

    page = open_page("admin", path=path)
    page.get_by_role("textbox", name="坑槽的阈值").fill("0.99")
    page.get_by_role("button", name="看看上周会怎样").click()
    expect(page.get_by_role("row", name="不再请人审核")).to_have_count(2)
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存")).to_be_visible()
    assert _camera(town, yard.bus)["thresholds"] == {"pothole": 0.99}
    with town.signed_in("admin") as admin:
        admin.patch(f"/v1/cameras/{yard.bus}", json={"thresholds": {}}).raise_for_status()


def test_a_supervisor_marks_the_golden_picture_and_changes_no_setting(
    town: Town, yard: Yard, open_page: OpenPage
) -> None:
    page = open_page("supervisor", path=f"/cameras/{yard.wall}")
    page.get_by_role("button", name="设为基准画面").click()
    page.get_by_role("dialog").get_by_role("button", name="设为基准画面").click()
    expect(page.get_by_text("等待下一张画面").or_(page.get_by_text("的画面已比较"))).to_be_visible()
    assert _camera(town, yard.wall)["golden"]
    page.get_by_role("tab", name="设置与标定").click()
    expect(page.get_by_text("只有管理员可以修改这些设置")).to_be_visible()
    expect(page.get_by_role("textbox", name="名称")).to_be_disabled()
    expect(page.get_by_role("button", name="保存")).to_have_count(0)


@pytest.mark.parametrize(
    ("language", "scheme", "width"), [("zh-CN", "light", 1366), ("en", "dark", 1024)]
)
def test_every_part_in_both_languages(
    yard: Yard, open_page: OpenPage, screenshots: Path, language: str, scheme: str, width: int
) -> None:
    page = open_page("admin", path="/cameras", language=language, scheme=scheme, width=width)

    def check(name: str) -> None:
        page.wait_for_timeout(700)
        page.screenshot(path=screenshots / f"{language}-camera-{name}.png")
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(overflow) == 0
        text = page.locator("body").inner_text()
        for data in (EVIL_CAMERA, WALL, "中文", "建字第1号", "外立面改造"):
            text = text.replace(data, "")
        assert bool(re.search(r"[\u4e00-\u9fff]", text)) == (language == "zh-CN")

    page.locator("tbody tr").first.wait_for(timeout=PATIENCE_MS)
    check("list")
    for tab in ("overview", "settings", "zones", "baselines", "facade"):
        page.goto(f"/cameras/{yard.wall}?tab={tab}")
        page.get_by_role("heading", name=WALL).wait_for(timeout=PATIENCE_MS)
        check(tab)
    page.goto(f"/cameras/{yard.bus}?tab=thresholds")
    page.get_by_role("slider").first.wait_for(timeout=PATIENCE_MS)
    check("thresholds")
