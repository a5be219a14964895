"""The page as a whole: who may do what, both languages, the map, and names that are attacks."""

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.e2e.conftest import EVIL_CAMERA, EVIL_COMMENT, PASSWORD, OpenPage, Town

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PATIENCE_MS = 30_000
CHINESE = re.compile(r"[\u4e00-\u9fff]")
MISSING_TEXT = re.compile(r"\b[a-z_]+\.[a-z_]+(?:\.[a-z_]+)*\b")


def open_map(page: Page) -> None:
    page.goto("/map")
    page.locator("[data-loaded=true]").wait_for(timeout=PATIENCE_MS)


def test_a_wrong_password_is_told_and_signing_out_ends_the_session(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_label("用户名").fill("operator")
    page.get_by_label("密码", exact=True).fill("wrong")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("用户名或密码不对")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="用户菜单").click()
    page.get_by_role("menuitem", name="退出登录").click()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()


def test_an_ml_engineer_looks_and_does_not_review(town: Town, open_page: OpenPage) -> None:
    page = open_page("ml_engineer")
    page.locator("svg[role=img]").wait_for(timeout=PATIENCE_MS)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    expect(page.get_by_role("group", name="审核操作")).to_contain_text("可以查看，不能审核")
    expect(page.get_by_role("button", name="确认")).to_have_count(0)
    for key in "ads":
        page.keyboard.press(key)
    page.goto("/cases")
    expect(page.get_by_role("heading", name="案件", level=1)).to_be_visible()
    assert "POST" not in sent


@pytest.mark.parametrize("who", ["gateway", "ml_engineer"])
def test_the_service_itself_refuses_their_reviews(town: Town, who: str) -> None:
    with town.signed_in("operator") as operator:
        (finding, *_) = operator.get("/v1/findings").json()["items"]
    path = f"/v1/findings/{finding['id']}/review"
    if who == "gateway":
        headers = {"Authorization": f"Bearer {town.gateway_token}"}
        answer = httpx.post(town.url + path, json={"verdict": "confirm"}, headers=headers)
    else:
        with town.signed_in(who) as client:
            answer = client.post(path, json={"verdict": "confirm"})
    assert answer.status_code == 403


def test_the_map_shows_every_finding_with_a_place_and_opens_it(
    town: Town, open_page: OpenPage
) -> None:
    with town.signed_in("operator") as operator:
        points = operator.get("/v1/findings.geojson").json()["features"]
    assert points
    page = open_page("operator")
    open_map(page)
    expect(page.get_by_role("heading", name=f"当前视野内 {len(points)} 个")).to_be_visible()

    # Chosen from the list, the finding stands in the middle; a click there finds it on the canvas.
    chosen = page.locator("aside li button").first
    chosen.click()
    expect(page).to_have_url(re.compile(r"finding="))
    finding_id = re.search(r"finding=([\w-]+)", page.url)
    assert finding_id
    page.wait_for_timeout(1_000)  # the map glides
    page.get_by_role("button", name="关闭预览").click()
    expect(page).not_to_have_url(re.compile(r"finding="))
    page.get_by_role("region", name="地图").click()
    expect(page).to_have_url(re.compile(finding_id[0]))
    page.get_by_role("link", name="打开这个发现").click()
    expect(page).to_have_url(f"{town.url}/findings/{finding_id[1]}")


def test_a_camera_name_that_is_an_attack_is_only_text(open_page: OpenPage) -> None:
    page = open_page("operator")
    dialogs: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.locator("svg[role=img]").wait_for(timeout=PATIENCE_MS)
    expect(page.get_by_text(EVIL_CAMERA, exact=True).first).to_be_visible()
    open_map(page)
    page.locator("aside li button").first.click()
    expect(page.get_by_text(EVIL_CAMERA).first).to_be_visible()
    page.goto("/cases")
    assert page.locator("img[src=x]").count() == 0
    assert page.title() != "pwned"
    assert dialogs == []


def test_the_policy_allows_no_script_or_style_of_strangers(town: Town) -> None:
    policy = httpx.get(town.url).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    ("language", "scheme", "width"), [("zh-CN", "light", 1366), ("en", "dark", 1024)]
)
def test_both_languages_everywhere(
    open_page: OpenPage, screenshots: Path, language: str, scheme: str, width: int
) -> None:
    page = open_page(language=language, scheme=scheme, width=width)

    def check(name: str) -> None:
        page.wait_for_timeout(700)
        page.screenshot(path=screenshots / f"{language}-{name}.png")
        # Names are data; the language switch names each language in its own.
        text = page.locator("body").inner_text()
        for data in (EVIL_CAMERA, "道路养护处", "中文", "测绘 审图号 GS(2026)1", EVIL_COMMENT):
            text = text.replace(data, "")
        assert not MISSING_TEXT.findall(text.replace("road_damage", ""))
        assert bool(CHINESE.search(text)) == (language == "zh-CN")
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(overflow) == 0

    page.locator("form").wait_for()
    assert page.locator("html").get_attribute("lang") == language
    check("1-sign-in")
    page.locator("input[autocomplete=username]").fill("operator")
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("svg[role=img]").wait_for(timeout=PATIENCE_MS)
    page.locator("aside canvas").wait_for(timeout=PATIENCE_MS)
    check("2-review")
    page.keyboard.press("r")
    check("3-reject")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    check("4-keys")
    open_map(page)
    check("5-map")
    page.goto("/cases")
    page.get_by_test_id("case").first.wait_for(timeout=PATIENCE_MS)
    check("6-board")
    page.goto("/cases?view=table")
    page.locator("tbody tr").first.wait_for(timeout=PATIENCE_MS)
    check("6-cases")
    page.locator("tbody a", has_text="-000001").click()  # nobody has written in this one
    page.get_by_role("dialog").locator("section").first.wait_for(timeout=PATIENCE_MS)
    check("7-case")
