"""An operator at work: findings are reviewed by keys, and nothing is done by accident."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Response, expect

from tests.e2e.conftest import OpenPage, Town

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PATIENCE_MS = 30_000


def picture(page: Page) -> Locator:
    return page.locator("svg[role=img] image")


def ready(page: Page) -> str:
    """Wait until a finding can be reviewed; return the address of its picture."""
    picture(page).wait_for(timeout=PATIENCE_MS)
    address = picture(page).get_attribute("href")
    assert address
    return address


def shown(page: Page) -> str:
    """Wait until a finding can be reviewed; return its id."""
    ready(page)
    shown_id = page.locator("[data-finding]").get_attribute("data-finding")
    assert shown_id
    return shown_id


def reviewed_by(page: Page, *keys: str) -> dict[str, Any]:
    """Press keys that review; return the service's answer."""

    def is_review(response: Response) -> bool:
        return response.url.endswith("/review") and response.request.method == "POST"

    with page.expect_response(is_review, timeout=PATIENCE_MS) as answer:
        for key in keys:
            page.keyboard.press(key)
    assert answer.value.ok, answer.value.text()
    told: dict[str, Any] = answer.value.json()
    return told


def finding(town: Town, finding_id: str) -> dict[str, Any]:
    with town.signed_in("operator") as operator:
        found: dict[str, Any] = operator.get(f"/v1/findings/{finding_id}").json()
        return found


def test_two_people_on_one_queue_never_hold_the_same(town: Town, open_page: OpenPage) -> None:
    pages = [open_page("operator"), open_page("supervisor")]
    seen = [shown(page) for page in pages]
    for page, finding_id in zip(pages, seen[:], strict=True):
        page.keyboard.press("s")
        expect(page.locator(f"[data-finding='{finding_id}']")).to_have_count(0)
        seen.append(shown(page))
    assert len(set(seen)) == len(seen)


def test_a_word_is_taken_back_before_anybody_hears_of_it(town: Town, open_page: OpenPage) -> None:
    page = open_page("operator")
    first = shown(page)
    told = reviewed_by(page, "a")
    expect(page.locator(f"[data-finding='{first}']")).to_have_count(0)
    with page.expect_response("**/undo", timeout=PATIENCE_MS) as answer:
        page.keyboard.press("u")
    assert answer.value.ok, answer.value.text()
    expect(page.locator(f"[data-finding='{first}']")).to_be_visible()
    assert finding(town, first)["state"] == "pending_review"
    with town.signed_in("operator") as operator:
        case = operator.get(f"/v1/cases/{told['case']['id']}").json()
    assert case["state"] == "cancelled"
    assert [(one["state"], one["deliveries"]) for one in case["messages"]] == [("withdrawn", [])]


def test_the_class_and_the_boxes_go_with_a_confirmation(town: Town, open_page: OpenPage) -> None:
    page = open_page("operator")
    corrected = shown(page)
    was = finding(town, corrected)["class"]
    page.keyboard.press("c")
    choices = page.get_by_role("group", name="审核操作")
    right = choices.locator("button[aria-pressed=false]")
    right.click()
    page.keyboard.press("e")
    editor = page.get_by_role("group", name="画框")
    drawing = page.locator(".a9s-annotationlayer")
    drawing.wait_for()
    place = drawing.bounding_box()
    assert place
    page.mouse.move(place["x"] + 20, place["y"] + 20)
    page.mouse.down()
    page.mouse.move(place["x"] + 120, place["y"] + 90, steps=4)
    page.mouse.up()
    expect(editor.get_by_role("group", name="框").get_by_role("button")).to_have_count(3)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Delete")
    page.keyboard.press("n")
    page.keyboard.press("e")
    expect(page.get_by_test_id("box")).to_have_count(2)
    review = reviewed_by(page, "a")["review"]
    assert review["class"] not in (None, was)
    assert len(review["boxes"]) == 2
    new = review["boxes"][1]
    assert [new[side] for side in ("x1", "y1", "x2", "y2")] == pytest.approx([0.4, 0.4, 0.6, 0.6])
    assert finding(town, corrected)["class"] == review["class"]


def test_several_of_one_camera_and_class_are_confirmed_together(
    town: Town, open_page: OpenPage
) -> None:
    page = open_page("operator")
    shown(page)
    page.keyboard.press("g")
    dialog = page.get_by_role("dialog")
    cards = dialog.get_by_role("checkbox")
    expect(cards.first).to_be_visible(timeout=PATIENCE_MS)
    for card in cards.all()[2:]:
        card.uncheck()
    with page.expect_response("**/findings/reviews", timeout=PATIENCE_MS) as answer:
        dialog.get_by_role("button", name="确认这 2 条").click()
    assert answer.value.ok, answer.value.text()
    confirmed = [item["finding"] for item in answer.value.json()["items"]]
    assert [one["state"] for one in confirmed] == ["cased", "cased"]
    assert len({(one["camera"]["id"], one["class"]) for one in confirmed}) == 1
    expect(dialog).to_have_count(0)
    page.keyboard.press("u")
    expect(page.locator(f"[data-finding='{confirmed[0]['id']}']")).to_be_visible(
        timeout=PATIENCE_MS
    )


def test_a_confirmed_finding_becomes_a_case_that_the_department_gets(
    town: Town, open_page: OpenPage
) -> None:
    page = open_page("operator")
    before = ready(page)
    told = reviewed_by(page, "a")
    expect(picture(page)).not_to_have_attribute("href", before)
    assert told["finding"]["state"] == "cased"
    number = told["case"]["number"]

    page.get_by_role("navigation").get_by_role("link", name="案件").click()
    card = page.get_by_role("region", name="任务处理").get_by_role("link").filter(has_text=number)
    expect(card).to_contain_text("道路养护处", timeout=PATIENCE_MS)
    expect(card).to_contain_text("已派遣", timeout=PATIENCE_MS)
    card.click()
    panel = page.get_by_role("dialog")
    expect(panel).to_contain_text("经过")
    expect(panel).to_contain_text("已送达")
    expect(page).to_have_url(f"{town.url}/cases/{told['case']['id']}")


def test_a_rejection_takes_its_reason_by_key(town: Town, open_page: OpenPage) -> None:
    page = open_page("operator")
    before = ready(page)
    told = reviewed_by(page, "r", "4")
    expect(picture(page)).not_to_have_attribute("href", before)
    rejected = finding(town, told["finding"]["id"])
    assert rejected["state"] == "rejected"
    standing = [review["reason"] for review in rejected["reviews"] if not review["undone_at"]]
    assert standing == ["already_repaired"]


def test_keys_mean_nothing_while_someone_types_or_composes(town: Town, open_page: OpenPage) -> None:
    page = open_page("operator")
    before = ready(page)
    sent: list[str] = []
    page.on(
        "request", lambda request: sent.append(request.url) if "/review" in request.url else None
    )
    page.evaluate(
        """() => {
            const silent = [{isComposing: true}, {keyCode: 229}, {ctrlKey: true}, {repeat: true}];
            for (const init of silent)
                document.body.dispatchEvent(
                    new KeyboardEvent('keydown', {key: 'a', bubbles: true, ...init}));
        }"""
    )
    page.keyboard.press("r")
    note = page.get_by_placeholder("备注（可不填）")
    note.click()
    page.keyboard.type("a1 drs 树影", delay=5)
    expect(note).to_have_value("a1 drs 树影")
    expect(picture(page)).to_have_attribute("href", before)
    assert sent == []

    with page.expect_response("**/review", timeout=PATIENCE_MS) as answer:
        page.get_by_role("button", name="不是问题").click()
    review = answer.value.json()["review"]
    assert (review["reason"], review["comment"]) == ("not_a_problem", "a1 drs 树影")


def test_boxes_zoom_and_help_are_keys_too(open_page: OpenPage) -> None:
    page = open_page("operator")
    ready(page)
    boxes = page.get_by_test_id("box")
    expect(boxes).not_to_have_count(0)
    page.keyboard.press("b")
    expect(boxes).to_have_count(0)
    page.keyboard.press("b")

    drawing = page.locator("svg[role=img]")
    whole = drawing.get_attribute("viewBox")
    page.keyboard.press("z")
    expect(drawing).not_to_have_attribute("viewBox", whole or "")
    page.keyboard.press("z")
    expect(drawing).to_have_attribute("viewBox", whole or "")

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="快捷键")).to_be_visible()
    page.keyboard.press("a")  # a key under a dialog reviews nothing
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(drawing).to_be_visible()
    assert "上一条" not in page.locator("main").inner_text()


def test_keys_can_be_switched_off(open_page: OpenPage) -> None:
    page = open_page("operator")
    before = ready(page)
    page.keyboard.press("?")
    page.get_by_role("switch", name="启用快捷键").uncheck(force=True)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("a")
    page.keyboard.press("b")
    expect(page.get_by_test_id("box")).not_to_have_count(0)
    expect(picture(page)).to_have_attribute("href", before)


def test_a_key_can_be_another_but_not_one_that_is_taken(open_page: OpenPage) -> None:
    page = open_page("operator", language="en")
    ready(page)
    boxes = page.get_by_test_id("box")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    change = keys.get_by_role("button", name="Show or hide the boxes")
    change.press("Enter")
    page.keyboard.press("a")
    expect(keys.get_by_role("alert")).to_contain_text("“A” already means “Confirm")
    expect(change).to_have_text("B")
    change.press("Enter")
    page.keyboard.press("Tab")
    expect(keys.get_by_role("alert")).to_contain_text("cannot be used")
    change.press("Enter")
    page.keyboard.press("Escape")  # asks no more, and closes nothing
    change.press("Enter")
    page.keyboard.press("x")
    expect(change).to_have_text("X")
    page.keyboard.press("Escape")

    page.reload()
    ready(page)
    page.keyboard.press("b")
    expect(boxes).not_to_have_count(0)
    page.keyboard.press("x")
    expect(boxes).to_have_count(0)
    page.keyboard.press("x")

    page.keyboard.press("?")
    keys.get_by_role("button", name="Back to the defaults").click()
    expect(change).to_have_text("B")


def test_what_a_colleague_looks_at_is_nobody_elses(town: Town, open_page: OpenPage) -> None:
    page = open_page("operator")
    held = shown(page)
    with town.signed_in("supervisor") as other:
        refused = other.post(f"/v1/findings/{held}/review", json={"verdict": "confirm"})
    assert (refused.status_code, refused.json()["finding_id"]) == (409, held)

    other_page = open_page("supervisor", path=f"/findings/{held}")
    ready(other_page)
    other_page.keyboard.press("a")
    told = other_page.get_by_role("alert").filter(has_text="同事正在看")
    expect(told).to_be_visible(timeout=PATIENCE_MS)
    assert finding(town, held)["state"] == "pending_review"

    page.get_by_role("link", name="案件").first.click()
    expect(page).to_have_url(f"{town.url}/cases")
    other_page.goto("/review")
    assert shown(other_page) == held, "what is left is given to whoever comes next"


def test_who_comes_second_is_told_and_changes_nothing(town: Town, open_page: OpenPage) -> None:
    page = open_page("operator")
    first = shown(page)
    with town.signed_in("operator") as same, town.signed_in("supervisor") as quicker:
        same.delete("/v1/review-queue").raise_for_status()  # as if it had been left for long
        quicker.post(
            f"/v1/findings/{first}/review",
            json={"verdict": "reject", "reason": "not_a_problem"},
        ).raise_for_status()
    page.keyboard.press("a")
    told = page.get_by_role("alert").filter(has_text="别人先处理了")
    expect(told).to_be_visible(timeout=PATIENCE_MS)
    after = finding(town, first)
    standing = [review["verdict"] for review in after["reviews"] if not review["undone_at"]]
    assert (after["state"], standing) == ("rejected", ["reject"])

    told.get_by_role("button", name="打开看看").click()
    expect(page).to_have_url(f"{town.url}/findings/{first}")
    expect(page.locator("main")).to_contain_text("不是问题")


def test_a_review_that_was_not_saved_comes_back(town: Town, open_page: OpenPage) -> None:
    page = open_page("operator")
    first = shown(page)
    page.route("**/review", lambda route: route.abort())
    page.keyboard.press("s")
    expect(page.get_by_role("alert").filter(has_text="没有保存")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(f"[data-finding='{first}']")).to_be_visible()
    assert finding(town, first)["state"] == "pending_review"


def test_a_supervisor_reopens_what_was_rejected(town: Town, open_page: OpenPage) -> None:
    with town.signed_in("operator") as operator:
        (rejected,) = operator.get(
            "/v1/findings", params={"state": "pending_review", "limit": 1}
        ).json()["items"]
        operator.post(
            f"/v1/findings/{rejected['id']}/review",
            json={"verdict": "reject", "reason": "not_a_problem"},
        ).raise_for_status()
    page = open_page("operator", path=f"/findings/{rejected['id']}")
    ready(page)
    expect(page.get_by_role("group", name="审核操作")).to_contain_text("不能再审核")

    page = open_page("supervisor", path=f"/findings/{rejected['id']}")
    page.get_by_role("button", name="重新打开").click()
    expect(page.get_by_role("button", name="确认")).to_be_visible(timeout=PATIENCE_MS)
    assert finding(town, rejected["id"])["state"] == "pending_review"


def _originals(detail: dict[str, Any]) -> list[str]:
    """Return what a finding can be a duplicate of, the nearest first."""
    return [
        other["id"]
        for other in detail["nearby"]
        if other["class_group"] == detail["class_group"]
        and other["state"] not in ("rejected", "duplicate", "expired_unreviewed")
    ]


def test_a_duplicate_is_of_the_highlighted_finding_nearby(town: Town, open_page: OpenPage) -> None:
    with town.signed_in("operator") as operator:
        pending = operator.get("/v1/findings", params={"state": "pending_review"}).json()["items"]
        details = [operator.get(f"/v1/findings/{one['id']}").json() for one in pending]
    detail, can_be = next(
        (one, ids)
        for one in details
        if len(ids := _originals(one)) > 1  # the arrow moves
    )
    page = open_page("operator", path=f"/findings/{detail['id']}")
    assert ready(page) == detail["picture"]["plain_url"]
    nearby = page.get_by_role("button", name="选为重复对象")
    expect(nearby).to_have_count(len(detail["nearby"]), timeout=PATIENCE_MS)
    told = reviewed_by(page, "ArrowDown", "d")
    assert told["finding"]["id"] == detail["id"]
    assert told["review"]["duplicate_of"] == can_be[1]
    assert told["finding"]["state"] == "duplicate"
