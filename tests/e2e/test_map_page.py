"""The map page: layers and their legends, the time window, the base map, areas drawn by hand."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from io import BytesIO

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from benchmarks.load import unlike
from datasets.synthesis.road import RoadScene, county_route, render_drive
from tests.e2e.conftest import OpenPage, Town, metadata

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PATIENCE_MS = 30_000
WATER = (0xC5, 0xD9, 0xE8)


@pytest.fixture(scope="module")
def driven(town: Town) -> None:
    """Let the bus drive along a sound road: one part of it just now, another two weeks ago."""
    scene = RoadScene(3, (), county_route(40.0))
    looks = list(render_drive(scene, spacing_m=10.0, seed=3))
    with httpx.Client(base_url=town.url, timeout=60) as gateway:
        gateway.headers["Authorization"] = f"Bearer {town.gateway_token}"
        for age, north in ((timedelta(minutes=30), 0.02), (timedelta(days=14), 0.04)):
            for number, look in enumerate(looks):
                taken = datetime.now(UTC) - age + timedelta(seconds=number)
                place: dict[str, str | float] = {
                    "captured_at": taken.isoformat(),
                    "latitude": look.latitude + north,
                }
                answer = gateway.post(
                    "/v1/frames",
                    content=b"".join(unlike(look.jpeg, int(taken.timestamp()))),
                    params=metadata(look) | place,
                    headers={"Content-Type": "image/jpeg", "Idempotency-Key": f"{north}-{number}"},
                )
                assert answer.is_success, answer.text


def loaded(page: Page) -> Page:
    page.locator("[data-loaded=true]").wait_for(timeout=PATIENCE_MS)
    return page


def layer(page: Page, name: str) -> None:
    """Flip a layer's switch by its key: a click may miss one that a legend above it moves."""
    page.get_by_role("switch", name=name).press("Space")


def test_layers_and_legends_are_switches_that_a_link_keeps(
    town: Town, driven: None, open_page: OpenPage
) -> None:
    with town.signed_in("operator") as operator:
        cells = operator.get("/v1/coverage.geojson").json()["features"]
        passes = operator.get("/v1/passes.geojson").json()["features"]
        findings = operator.get("/v1/findings.geojson").json()["features"]
        cameras = operator.get("/v1/cameras.geojson").json()["features"]
    looks = Counter(cell["properties"]["look"] for cell in cells)
    assert looks.keys() == {"clear", "missed"}
    assert len(passes) == 1
    page = loaded(open_page("operator", path="/map"))
    group = page.get_by_role("group", name="图层")
    for name in ("摄像头", "覆盖", "公交行程"):
        layer(page, name)
    clear = group.get_by_role("button", name=f"看过 {looks['clear']}")
    expect(clear).to_be_visible(timeout=PATIENCE_MS)
    well = sum(each["properties"]["health"] == "well" for each in cameras)
    expect(group.get_by_role("button", name=f"正常 {well}")).to_be_visible()
    expect(group).to_contain_text(f"{looks['missed']} 处平时看、这次没看")
    group.get_by_role("button", name=re.compile("30.29")).first.click()
    expect(page.get_by_role("heading", name="平时看、这次没看")).to_be_visible()
    expect(page).to_have_url(re.compile("cell=.*at=30.29"))
    page.get_by_role("button", name="关闭预览").click()
    page.get_by_role("button", name="全部", exact=True).first.click()

    pending = sum(each["properties"]["state"] == "pending_review" for each in findings)
    entry = group.get_by_role("button", name=f"待审核 {pending}")
    expect(page.get_by_role("heading", name=f"视野内 {len(findings)} 个")).to_be_visible()
    entry.click()
    expect(entry).to_have_attribute("aria-pressed", "false")
    left = page.get_by_role("heading", name=f"视野内 {len(findings) - pending} 个")
    expect(left).to_be_visible()
    layer(page, "案件")
    expect(page).to_have_url(re.compile("off=findings.pending_review"))
    page.reload()
    loaded(page)
    expect(entry).to_have_attribute("aria-pressed", "false")
    expect(left).to_be_visible()
    expect(page.get_by_role("switch", name="案件")).not_to_be_checked()
    expect(page.get_by_role("switch", name="公交行程")).to_be_checked()


def test_the_time_window_moves_by_keyboard(town: Town, open_page: OpenPage) -> None:
    page = loaded(open_page("operator", path="/map"))
    window = page.get_by_role("group", name="时间范围")
    expect(window).to_contain_text("全部时间")
    window.get_by_role("slider", name="到").press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"seen=-1\b"))
    window.get_by_role("button", name="全部").click()
    expect(window).to_contain_text("全部时间")
    expect(page).not_to_have_url(re.compile("seen="))


def test_the_base_map_is_drawn_from_the_citys_own_file(town: Town, open_page: OpenPage) -> None:
    page = open_page("operator", path="/review")
    parts: list[tuple[int, str]] = []
    page.on(
        "response",
        lambda answer: (
            parts.append((answer.status, answer.request.headers.get("range", "")))
            if "/v1/base-map/file" in answer.url
            else None
        ),
    )
    page.goto("/map?layers=&at=30.30000,119.97000,12.0")
    loaded(page)
    expect(page.get_by_text("审图号 GS(2026)1")).to_be_visible()
    assert page.get_by_role("link", name="测绘").count() == 0
    canvas = page.get_by_role("region", name="地图")

    def ground() -> tuple[int, ...]:
        picture = Image.open(BytesIO(canvas.screenshot())).convert("RGB")
        return tuple(picture.getpixel((picture.width // 2, picture.height // 2)))  # type: ignore[arg-type]

    for _ in range(50):
        if ground() == WATER:
            break
        page.wait_for_timeout(100)
    assert ground() == WATER
    assert parts
    assert {status for status, _ in parts} == {206}
    assert all(span.startswith("bytes=") for _, span in parts)


def test_without_a_base_map_the_ground_is_neutral(open_page: OpenPage) -> None:
    page = open_page("operator", path="/review")
    page.route("**/v1/base-map", lambda route: route.fulfill(json={"format": None, "url": None}))
    page.goto("/map")
    loaded(page)
    page.unroute("**/v1/base-map")
    page.route("**/v1/base-map", lambda route: route.fulfill(status=500, json={}))
    page.reload()
    loaded(page)
    expect(page.get_by_role("alert")).to_contain_text("读不到底图")


def test_an_administrator_draws_changes_and_deletes_an_area(
    town: Town, open_page: OpenPage
) -> None:
    page = loaded(open_page("operator", path="/map?layers=areas"))
    expect(page.get_by_text("还没有区域。")).to_be_visible()
    expect(page.get_by_role("button", name="画新区域")).to_have_count(0)

    page = loaded(open_page("admin", path="/map?layers=areas"))
    page.get_by_role("button", name="画新区域").click()
    canvas = page.get_by_role("region", name="地图")
    box = canvas.bounding_box()
    assert box
    middle_x, middle_y = box["width"] / 2, box["height"] / 2 - 60
    for x, y in [(-120, -90), (120, -90), (120, 90), (-120, 90)]:
        canvas.click(position={"x": middle_x + x, "y": middle_y + y})
    corners = page.get_by_label("角点")
    expect(corners).to_have_value(re.compile(r"^(\S+, \S+\n){3}\S+, \S+$"))
    page.get_by_role("button", name="退一步").click()
    page.get_by_role("button", name="闭合").click()
    expect(corners).to_have_value(re.compile(r"^(\S+, \S+\n){2}\S+, \S+$"))
    page.get_by_label("编码").fill("33 01")
    expect(page.get_by_text("编码只能有")).to_be_visible()
    expect(page.get_by_role("button", name="检查并保存")).to_be_disabled()
    page.get_by_label("编码").fill("330106001")
    page.get_by_label("名称").fill("<b>北山</b>")
    page.get_by_role("button", name="检查并保存").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("新增： 330106001")
    with town.signed_in("operator") as operator:
        assert operator.get("/v1/grids").json()["items"] == []  # checked, not saved
    dialog.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert").filter(has_text="区域已保存")).to_be_visible()
    with town.signed_in("operator") as operator:
        (area,) = operator.get("/v1/grids.geojson").json()["features"]
    assert area["properties"] == {"code": "330106001", "name": "<b>北山</b>"}
    (ring,) = area["geometry"]["coordinates"]
    assert len(ring) == 4

    page.goto("/map?layers=areas&area=330106001")
    loaded(page)
    page.get_by_role("button", name="修改区域").click()
    corners.fill("120.1, 30.2\n120.2, 30.2\nnowhere")
    expect(page.get_by_text("每行要有经度和纬度")).to_be_visible()
    corners.fill("120.1, 30.2\n120.2, 30.2\n120.2, 30.3\n120.1, 30.3")
    page.get_by_label("名称").fill("北山街道")
    page.get_by_role("button", name="检查并保存").click()
    expect(dialog).to_contain_text("修改： 330106001")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog).to_have_count(0)
    with town.signed_in("operator") as operator:
        (area,) = operator.get("/v1/grids.geojson").json()["features"]
    assert area["properties"]["name"] == "北山街道"
    assert [120.1, 30.3] in area["geometry"]["coordinates"][0]
