"""Cases are followed from the board to their end; what is narrowed down stands in the address."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import EVIL_COMMENT, OpenPage, Town

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PATIENCE_MS = 30_000


def new_case(town: Town) -> dict[str, Any]:
    """Confirm the finding that would be reviewed last; return its case."""
    with town.signed_in("supervisor") as supervisor:
        queue = supervisor.get("/v1/findings", params={"state": "pending_review"}).json()["items"]
        told = supervisor.post(
            f"/v1/findings/{queue[-1]['id']}/review", json={"verdict": "confirm"}
        ).raise_for_status()
        opened: dict[str, Any] = told.json()["case"]
        return opened


def case(town: Town, case_id: str) -> dict[str, Any]:
    with town.signed_in("operator") as operator:
        shown: dict[str, Any] = operator.get(f"/v1/cases/{case_id}").raise_for_status().json()
        return shown


def choose(page: Page, name: str, option: str) -> None:
    page.get_by_role("search").get_by_role("combobox", name=name).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_a_case_goes_from_the_board_through_comments_and_a_claim_to_its_end(
    town: Town, open_page: OpenPage
) -> None:
    opened = new_case(town)
    number = opened["number"]
    page = open_page("operator", path="/cases")
    card = page.get_by_role("region", name="任务处理").get_by_test_id("case")
    card = card.filter(has_text=number)
    expect(card).to_contain_text("计划", timeout=PATIENCE_MS)  # no term: a ring and its word
    expect(card.locator("svg path")).to_have_count(1)
    card.click()
    expect(page).to_have_url(f"{town.url}/cases/{opened['id']}")
    panel = page.get_by_role("dialog")
    timeline = panel.get_by_role("region", name="经过")
    expect(timeline).to_contain_text("HTTP 204", timeout=PATIENCE_MS)

    panel.get_by_role("textbox", name="写给同事，或告知部门").fill(EVIL_COMMENT)
    panel.get_by_role("radio", name="告知 道路养护处").check()
    panel.get_by_role("button", name="发表").click()
    expect(timeline.get_by_text(EVIL_COMMENT)).to_be_visible(timeout=PATIENCE_MS)
    comment = timeline.get_by_role("listitem").filter(has_text=EVIL_COMMENT)
    expect(comment.or_(timeline)).to_contain_text("已送达", timeout=PATIENCE_MS)
    assert page.title() != "pwned"

    panel.get_by_role("button", name="反馈完成").click()
    check = panel.get_by_role("region", name="核查")
    expect(check).to_contain_text("处置前", timeout=PATIENCE_MS)
    expect(check).to_contain_text("还没有处置后的图片")
    expect(check.get_by_role("button", name="核查不通过")).to_be_disabled()
    check.get_by_role("textbox").fill("现场复查合格")
    check.get_by_role("button", name="核查通过").click()
    expect(timeline).to_contain_text("现场复查合格", timeout=PATIENCE_MS)

    ended = case(town, opened["id"])
    assert ended["state"] == "closed"
    assert [(one["text"], one["told_state"]) for one in ended["comments"]] == [
        (EVIL_COMMENT, "delivered")
    ]
    page.keyboard.press("Escape")
    done = page.get_by_role("region", name="已结案").get_by_test_id("case")
    expect(done.filter(has_text=number)).to_be_visible(timeout=PATIENCE_MS)


def test_filters_order_and_page_stand_in_the_address(town: Town, open_page: OpenPage) -> None:
    with town.signed_in("operator") as operator:
        (newest, *_) = operator.get("/v1/cases").json()["items"]
    page = open_page("ml_engineer", path="/cases?view=table")
    rows = page.locator("tbody tr")
    rows.first.wait_for(timeout=PATIENCE_MS)
    page.get_by_role("searchbox").fill(newest["number"][-6:])
    expect(rows).to_have_count(1, timeout=PATIENCE_MS)
    choose(page, "部门", "道路养护处")
    page.get_by_role("button", name="时限").click()
    expect(page.get_by_role("columnheader", name="时限")).to_have_attribute(
        "aria-sort", "ascending"
    )
    page.reload()
    expect(rows).to_have_count(1, timeout=PATIENCE_MS)
    expect(page.get_by_role("searchbox")).to_have_value(newest["number"][-6:])
    expect(page.get_by_role("combobox", name="部门")).to_have_value("道路养护处")
    assert "order=due" in page.url

    page.get_by_role("group", name="灯", exact=True).get_by_text("逾期").click()
    expect(page.get_by_text("没有这样的案件")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="清除筛选").click()
    expect(rows.filter(has_text=newest["number"])).to_have_count(1, timeout=PATIENCE_MS)


def test_who_may_only_read_can_say_and_move_nothing(town: Town, open_page: OpenPage) -> None:
    with town.signed_in("operator") as operator:
        (newest, *_) = operator.get("/v1/cases").json()["items"]
    page = open_page("ml_engineer", path=f"/cases/{newest['id']}")
    panel = page.get_by_role("dialog")
    expect(panel.get_by_role("region", name="经过")).to_be_visible(timeout=PATIENCE_MS)
    expect(panel.get_by_role("button", name="取消案件")).to_have_count(0)
    expect(panel.get_by_role("textbox")).to_have_count(0)
    panel.get_by_role("link", name="打印版").click()
    expect(page.get_by_role("heading", name=newest["number"])).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("region", name="经过")).to_contain_text("立案")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation").first).to_be_hidden()
    expect(page.get_by_role("button", name="打印")).to_be_hidden()


def test_tasks_departments_and_what_comes_back_have_their_views(
    town: Town, open_page: OpenPage
) -> None:
    page = open_page("supervisor", path="/cases?view=tasks", language="en")
    for task in ("To be verified by a person", "Undeliverable", "Dead letters"):
        expect(page.get_by_role("region", name=task)).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_text("Departments", exact=True).click()
    expect(page.get_by_role("heading", name="Unit cards")).to_be_visible(timeout=PATIENCE_MS)

    page.goto("/matters?weeks=4")
    expect(page.get_by_role("heading", name="What comes back")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("Nothing came back")).to_be_visible(timeout=PATIENCE_MS)
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    assert download.value.path().read_text("utf-8-sig").startswith("inspection,class,place")
