"""What each inspection shows of a finding, in both languages, and to whom."""

import json
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from inference.inspections import INSPECTIONS
from tests.e2e.conftest import OpenPage, Town

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("demo")]

PATIENCE_MS = 30_000
PURPOSE = "appeal 2026-118: compare with the owner's papers"
EVIL = "<img src=x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script>"
# What a page shows only where the inspection's own view of the finding has come.
MARKS = {
    ("road_damage", "zh-CN"): "各次经过",
    ("road_damage", "en"): "Passes that saw it",
    ("falling_object", "zh-CN"): "频闪图",
    ("falling_object", "en"): "Strobe",
    ("illegal_building", "zh-CN"): "基线（",
    ("illegal_building", "en"): "Baseline (approved",
    ("checkpoint_vehicle", "zh-CN"): "违反的规则",
    ("checkpoint_vehicle", "en"): "The rule broken",
    ("crop_pest", "zh-CN"): "竖线是本次时段",
    ("crop_pest", "en"): "the upright line is this period",
}


def finding(city: Town, inspection: str) -> dict[str, Any]:
    """Return everything of the first finding of an inspection."""
    with city.signed_in("operator") as operator:
        listed = operator.get("/v1/findings", params={"inspection": inspection}).json()["items"]
        detail: dict[str, Any] = operator.get(f"/v1/findings/{listed[0]['id']}").json()
        return detail


def settled(page: Page) -> None:
    """Wait until nothing on the page is still being loaded."""
    page.locator("main").wait_for(timeout=PATIENCE_MS)
    for waiting in (".mantine-Loader-root", ".mantine-Skeleton-root"):
        expect(page.locator(waiting)).to_have_count(0, timeout=PATIENCE_MS)


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; Playwright's own way is against the page's policy."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def seconds(page: Page) -> float:
    """Return where the clip stands."""
    return float(page.locator("video").evaluate("video => video.currentTime"))


def audited(city: Town, action: str) -> list[dict[str, Any]]:
    with city.signed_in("supervisor") as supervisor:
        items: list[dict[str, Any]] = supervisor.get("/v1/audit", params={"action": action}).json()[
            "items"
        ]
        return items


@pytest.mark.parametrize(
    ("language", "width", "scheme"), [("zh-CN", 1366, "light"), ("en", 1024, "dark")]
)
def test_every_inspection_shows_in_its_own_way(
    city: Town, open_city: OpenPage, screenshots: Path, language: str, width: int, scheme: str
) -> None:
    page = open_city("operator", language=language, width=width, scheme=scheme)
    for inspection in INSPECTIONS:
        page.goto(f"/findings/{finding(city, inspection)['id']}")
        mark = page.locator("main").get_by_text(MARKS[inspection, language]).first
        expect(mark).to_be_visible(timeout=PATIENCE_MS)
        settled(page)
        page.screenshot(path=screenshots / f"{inspection}-{language}-{width}.png")
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow == 0, f"{inspection} is wider than the screen"


def test_a_clip_plays_steps_and_shows_the_way(city: Town, open_city: OpenPage) -> None:
    detail = finding(city, "falling_object")
    page = open_city("operator", path=f"/findings/{detail['id']}")
    expect(page.get_by_text("频闪图", exact=True)).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("video")).to_have_count(0)
    page.keyboard.press("v")
    expect(page.get_by_role("button", name="暂停")).to_be_visible(timeout=PATIENCE_MS)
    until(lambda: seconds(page) > 3)
    page.keyboard.press("v")
    expect(page.get_by_role("button", name="播放", exact=True)).to_be_visible()
    expect(page.get_by_test_id("trajectory")).to_have_count(detail["details"]["things"])

    at = seconds(page)
    frame = median_step(detail["details"]["falls"][0]["track"])
    page.keyboard.press("ArrowRight")
    until(lambda: seconds(page) > at)
    assert seconds(page) - at < 3 * frame
    stepped = seconds(page)
    page.keyboard.press("ArrowLeft")
    until(lambda: seconds(page) < stepped)

    page.get_by_text("×0.25", exact=True).click()
    assert page.locator("video").evaluate("video => video.playbackRate") == 0.25
    page.get_by_role("slider", name="播放位置").press("End")
    ends = page.locator("video").evaluate("video => video.duration")
    until(lambda: seconds(page) > ends - 0.2)
    page.keyboard.press("b")
    expect(page.get_by_test_id("trajectory")).to_have_count(0)
    assert finding(city, "falling_object")["state"] == "pending_review"


def median_step(track: list[list[float]]) -> float:
    """Return the seconds from one frame of a track to the next."""
    steps = sorted(after[0] - before[0] for before, after in pairwise(track))
    return steps[len(steps) // 2]


def test_before_and_after_by_pointer_and_by_keys(city: Town, open_city: OpenPage) -> None:
    detail = finding(city, "illegal_building")
    page = open_city("operator", path=f"/findings/{detail['id']}")
    divider = page.get_by_role("slider", name="前后对比分隔线")
    expect(divider).to_be_visible(timeout=PATIENCE_MS)

    divider.press("Home")
    expect(divider).to_have_attribute("aria-valuenow", "0")
    divider.press("ArrowRight")
    expect(divider).to_have_attribute("aria-valuenow", "5")
    divider.press("End")
    expect(divider).to_have_attribute("aria-valuetext", "左侧 100% 是基线")
    page.keyboard.press("v")
    expect(divider).to_have_attribute("aria-valuenow", "0")
    grip = divider.bounding_box()
    assert grip
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 300, y, steps=4)
    page.mouse.up()
    assert 15 < int(divider.get_attribute("aria-valuenow") or 0) < 60

    days = page.get_by_role("list", name="日期").get_by_role("button")
    expect(days.nth(1)).to_be_visible(timeout=PATIENCE_MS)
    chosen = page.get_by_role("list", name="日期").locator("[aria-pressed=true]")
    expect(chosen).to_have_count(1)
    first = days.first
    first.click()
    expect(first).to_have_attribute("aria-pressed", "true")
    after = page.get_by_role("img", name="新增违建")
    shown = after.get_attribute("src") or ""
    divider.focus()
    page.keyboard.press("v")  # keys work with the divider focused too
    days.nth(1).click()
    expect(after).not_to_have_attribute("src", shown)
    assert "/composites/" in shown


def test_a_plate_is_read_for_a_purpose_and_logged(city: Town, open_city: OpenPage) -> None:
    detail = finding(city, "checkpoint_vehicle")
    page = open_city("operator", path=f"/findings/{detail['id']}")
    before = len(audited(city, "plate.read"))
    page.get_by_role("button", name="查看号牌").click(timeout=PATIENCE_MS)
    dialog = page.get_by_role("dialog", name="查看号牌")
    expect(dialog).to_contain_text("审计记录")
    show = dialog.get_by_role("button", name="记录并显示")
    expect(show).to_be_disabled()
    dialog.get_by_role("textbox", name="用途").fill("查")
    expect(show).to_be_disabled()
    assert len(audited(city, "plate.read")) == before
    dialog.get_by_role("textbox", name="用途").fill(PURPOSE)
    with page.expect_response("**/plate") as answer:
        show.click()
    told = answer.value.json()
    expect(dialog.get_by_role("heading", name=told["text"])).to_be_visible()
    page.keyboard.press("a")  # a key under the dialog reviews nothing
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert told["text"] not in page.content()
    (record, *_) = audited(city, "plate.read")
    assert (record["object_id"], record["reason"]) == (detail["id"], PURPOSE)
    assert finding(city, "checkpoint_vehicle")["state"] == "pending_review"


def test_an_original_is_shown_for_a_purpose_and_forgotten(city: Town, open_city: OpenPage) -> None:
    detail = finding(city, "falling_object")
    page = open_city("supervisor", path=f"/findings/{detail['id']}")
    page.get_by_role("button", name="查看原始画面").click(timeout=PATIENCE_MS)
    dialog = page.get_by_role("dialog", name="原始画面")
    dialog.get_by_role("textbox", name="用途").fill(PURPOSE)
    with page.expect_response("**/original") as answer:
        dialog.get_by_role("button", name="记录并显示").click()
    assert answer.value.headers["cache-control"] == "no-store"
    film = dialog.locator("video")
    expect(film).to_be_visible()
    page.wait_for_function(
        "film => film.readyState > 1 && film.videoWidth > 0", arg=film.element_handle()
    )
    url = film.get_attribute("src") or ""
    assert page.evaluate(PLAYS, url)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert not page.evaluate(PLAYS, url), "the original can be seen after its dialog was closed"
    (record, *_) = audited(city, "evidence.original")
    assert (record["object_id"], record["reason"]) == (detail["evidence"][0]["id"], PURPOSE)


PLAYS = """url => new Promise(resolve => {
    const video = document.createElement("video");
    video.onloadeddata = () => resolve(true);
    video.onerror = () => resolve(false);
    video.src = url;
})"""
REVIEW, PLATE, ORIGINAL = "确认", "查看号牌", "查看原始画面"


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        ("operator", {REVIEW, PLATE}),
        ("supervisor", {REVIEW, PLATE, ORIGINAL}),
        ("ml_engineer", set()),
        ("admin", set()),
    ],
)
def test_each_role_sees_what_it_may_do(
    city: Town, open_city: OpenPage, role: str, sees: set[str]
) -> None:
    fall, vehicle = finding(city, "falling_object"), finding(city, "checkpoint_vehicle")
    page = open_city(role, path=f"/findings/{vehicle['id']}")
    expect(page.locator("main").get_by_text("违反的规则")).to_be_visible(timeout=PATIENCE_MS)
    expect_only(page, sees & {REVIEW, PLATE}, {REVIEW, PLATE})
    page.goto(f"/findings/{fall['id']}")
    expect(page.get_by_text("除了坠落轨迹")).to_be_visible(timeout=PATIENCE_MS)
    expect_only(page, sees & {REVIEW, ORIGINAL}, {REVIEW, ORIGINAL})
    with city.signed_in(role) as person:
        purpose = {"purpose": PURPOSE}
        plate = person.post(f"/v1/findings/{vehicle['id']}/plate", json=purpose)
        original = person.post(f"/v1/evidence/{fall['evidence'][0]['id']}/original", json=purpose)
    assert plate.is_success == (PLATE in sees)
    assert original.is_success == (ORIGINAL in sees)


def expect_only(page: Page, shown: set[str], of: set[str]) -> None:
    """Expect the buttons that are shown, and none of the others."""
    for name in of:
        button: Locator = page.get_by_role("button", name=name)
        expect(button).to_have_count(1 if name in shown else 0)


@pytest.fixture
def evil_names(city: Town) -> Iterator[None]:
    """Let everything that can have a name have one that a trusting page would run."""
    with city.signed_in("admin") as admin:
        before = [
            *((f"/v1/cameras/{one['id']}", one["name"]) for one in listed(admin, "/v1/cameras")),
            *((f"/v1/plots/{one['id']}", one["name"]) for one in listed(admin, "/v1/plots")),
            *(
                (f"/v1/destinations/{one['id']}", one["name"])
                for one in listed(admin, "/v1/destinations")
            ),
        ]
        for number, (path, name) in enumerate(before):
            admin.patch(path, json={"name": f"{number} {EVIL} {name}"[:120]}).raise_for_status()
        yield
        for path, name in before:
            admin.patch(path, json={"name": name}).raise_for_status()


def listed(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(path).raise_for_status().json()["items"]
    return items


PAGES = ("/review", "/map", "/cases", "/matters", "/cameras", "/figures", "/admin/destinations")


@pytest.mark.usefixtures("evil_names")
def test_names_are_only_ever_text(city: Town, open_city: OpenPage) -> None:
    page = open_city("admin")
    seen = set()
    findings = [f"/findings/{finding(city, inspection)['id']}" for inspection in INSPECTIONS]
    for path in (*PAGES, *findings):
        page.goto(path)
        settled(page)
        expect_harmless(page, path)
        if "<img src=x" in page.locator("main").inner_text():
            seen.add(path)
    assert {"/cameras", "/admin/destinations", *findings} <= seen, "no evil name was shown"


def test_plates_and_notes_are_only_ever_text(city: Town, open_city: OpenPage) -> None:
    detail = finding(city, "checkpoint_vehicle")
    page = open_city("operator", path=f"/findings/{detail['id']}")
    plate = {"text": EVIL, "score": 0.9, "color": "blue", "similar": True, "note": EVIL}
    plate["by_device"] = [EVIL]
    page.route(
        "**/plate",
        lambda route: route.fulfill(content_type="application/json", body=json.dumps(plate)),
    )
    page.get_by_role("button", name="查看号牌").click(timeout=PATIENCE_MS)
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill(PURPOSE)
    dialog.get_by_role("button", name="记录并显示").click()
    expect(dialog.get_by_role("heading", name=EVIL)).to_be_visible()
    expect_harmless(page, "the plate")


def expect_harmless(page: Page, where: str) -> None:
    assert page.locator('img[src="x"]').count() == 0, where
    assert "pwned" not in page.title(), where
