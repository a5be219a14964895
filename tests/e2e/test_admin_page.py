"""Administration in a real browser: what is made there works, and only the right people see it."""

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenPage, Town

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_a_user_is_made_changed_and_disabled(open_page: OpenPage, town: Town) -> None:
    page = open_page("admin", path="/admin/users", language="en")
    page.get_by_role("button", name="New user").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Username").fill("li.na")
    dialog.get_by_label("Name that others read").fill("李娜")
    dialog.get_by_role("button", name="Generate one").click()
    password = dialog.locator("input[autocomplete=new-password]").input_value()
    dialog.get_by_role("button", name="New user").click()
    row = page.get_by_role("row", name="李娜")
    expect(row).to_contain_text("operator")
    assert _signs_in(town, "li.na", password)

    row.get_by_role("button", name="What to do").click()
    page.get_by_role("menuitem", name="Disable").click()
    page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    expect(row).to_contain_text("Disabled")
    assert not _signs_in(town, "li.na", password)

    # What is refused says why, and the dialog stays open.
    page.get_by_role("row", name="admin").get_by_role("button").first.click()
    page.get_by_role("menuitem", name="Disable").click()
    page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("last administrator")


def _signs_in(town: Town, username: str, password: str) -> bool:
    body = {"username": username, "password": password}
    return httpx.post(f"{town.url}/v1/session", json=body).is_success


def test_a_token_is_shown_once_and_opens_nothing_when_revoked(
    open_page: OpenPage, town: Town
) -> None:
    page = open_page("admin", path="/admin/tokens", language="en")
    page.get_by_role("button", name="New token").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("数据看板")
    dialog.get_by_role("combobox", name="Role").click()
    page.get_by_role("option", name="supervisor").click()
    dialog.get_by_role("button", name="New token").click()
    secret = page.get_by_role("dialog").locator("pre").inner_text()
    assert secret.startswith("xj_")
    headers = {"Authorization": f"Bearer {secret}"}
    assert httpx.get(f"{town.url}/v1/findings", headers=headers).is_success
    page.get_by_role("button", name="I have stored it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert secret not in page.content()

    page.get_by_role("button", name="Revoke the token “数据看板”").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True).click()
    expect(page.get_by_role("row", name="数据看板")).to_contain_text("Revoked")
    assert httpx.get(f"{town.url}/v1/findings", headers=headers).status_code == 401


def test_a_device_shows_its_secret_once_and_is_let_in(
    open_page: OpenPage, town: Town, screenshots: Path
) -> None:
    page = open_page("admin", path="/admin/devices", language="en")
    page.get_by_role("button", name="New device").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("north gate")
    dialog.get_by_label("What it calls itself").fill("33010600001190000001")
    for number, channel in [(1, ""), (2, "33010600001190000002")]:
        dialog.get_by_label(f"Number of channel {number}").fill(channel)
        dialog.get_by_role("combobox", name=f"Camera of channel {number}").click()
        page.get_by_role("option").first.click()
        if number == 1:
            dialog.get_by_role("button", name="Add a channel").click()
    page.screenshot(path=screenshots / "admin-device-new.png")
    dialog.get_by_role("button", name="New device").click()
    secret = page.get_by_role("dialog").locator("pre").inner_text()
    assert len(secret) == 16
    page.get_by_role("button", name="I have stored it").click()
    row = page.get_by_role("row", name="north gate")
    expect(row).to_contain_text("Not enabled")
    expect(row).to_contain_text("Never")
    row.get_by_role("button", name="Enable").click()
    page.get_by_role("dialog").get_by_role("button", name="Enable").click()
    expect(row).to_contain_text("Active")
    page.screenshot(path=screenshots / "admin-devices.png")
    assert secret not in page.content()
    with town.signed_in("admin") as admin:
        (device,) = admin.get("/v1/devices").json()["items"]
    assert device["enabled"]
    assert [one["channel"] for one in device["cameras"]] == ["", "33010600001190000002"]


def test_a_destination_is_tried_and_says_what_it_answered(open_page: OpenPage) -> None:
    page = open_page("admin", path="/admin/destinations", language="en")
    page.get_by_role("button", name="Test “道路养护处”").click()
    expect(page.get_by_role("dialog")).to_contain_text("It works")
    expect(page.get_by_role("dialog")).to_contain_text("dev.xunjian.test")
    page.keyboard.press("Escape")

    page.get_by_role("button", name="New destination").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="How it is spoken to").click()
    page.get_by_role("option", name="MQTT").click()
    expect(dialog.get_by_label("Topic of cases")).to_be_visible()
    dialog.get_by_role("textbox", name="Department", exact=True).fill("绿化")
    dialog.get_by_label("Address of the broker").fill("https://not.a.broker")
    dialog.get_by_label("Topic of cases").fill("cases")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("mqtt")


def test_a_document_is_checked_before_it_counts(open_page: OpenPage) -> None:
    page = open_page("admin", path="/admin/rules", language="en")
    page.get_by_role("button", name="Load a new version").click()
    text = page.get_by_label("YAML")
    text.fill("name: town\nrules:\n  - code: smoke\n")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("alert")).to_contain_text("line 3")
    expect(page.get_by_role("button", name="Put in force")).to_be_disabled()
    text.fill(
        "name: town\nrules:\n- code: smoke\n  label: {zh: 冒黑烟, en: Smoke}\n  severity: 3\n"
        "  department: 道路养护处\n  when: {type: black_smoke}\n"
    )
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("In order: town")).to_be_visible()
    page.get_by_role("button", name="Put in force").click()
    expect(page.get_by_role("table", name="Every version")).to_contain_text("town")
    page.get_by_role("button", name="End").click()
    page.get_by_role("dialog").get_by_role("button", name="End").click()
    expect(page.get_by_text("None is in force")).to_be_visible()


def test_a_models_card_is_read_and_nothing_is_served_by_who_may_not(open_page: OpenPage) -> None:
    page = open_page("supervisor", path="/admin/models", language="en")
    page.get_by_role("button", name="Card of road_damage").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="What it must not be used for")).to_be_visible()
    expect(dialog.get_by_role("table").first).to_contain_text("pothole")
    expect(page.get_by_role("button", name="Roll back")).to_have_count(0)


def test_the_audit_record_is_searched_and_taken_away(open_page: OpenPage) -> None:
    page = open_page("supervisor", path="/admin/audit?action=camera.create", language="en")
    rows = page.get_by_role("row").filter(has_text="camera.create")
    expect(rows).to_have_count(1)
    rows.get_by_role("button", name="Details").click()
    expect(page.get_by_role("dialog")).to_contain_text('"kind": "bus"')
    page.keyboard.press("Escape")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert len(re.findall("camera.create", text)) == 1


@pytest.mark.parametrize("role", ["operator", "supervisor"])
def test_each_role_sees_only_its_sections(open_page: OpenPage, role: str) -> None:
    page = open_page(role, path="/admin/users", language="en")
    expect(page.get_by_role("button", name="New user")).to_have_count(0)
    shown = page.get_by_role("navigation", name="Administration").get_by_role("link")
    if role == "operator":
        expect(page.get_by_text("Administration")).to_have_count(0)
    else:
        page.goto("/admin")
        expect(shown.filter(has_text="Audit record")).to_have_count(1)
        expect(shown.filter(has_text="Tokens")).to_have_count(0)


SECTIONS = (
    "users",
    "roles",
    "tokens",
    "gateways",
    "devices",
    "destinations",
    "policies",
    "letters",
    "reconciliation",
    "reports",
    "routing",
    "grids",
    "rules",
    "registers",
    "thresholds",
    "verification",
    "models",
    "retention",
    "audit",
)


@pytest.mark.parametrize(
    ("language", "width", "scheme"), [("zh-CN", 1366, "light"), ("en", 1024, "dark")]
)
def test_every_section_shows(
    open_page: OpenPage, screenshots: Path, language: str, width: int, scheme: str
) -> None:
    page = open_page("admin", path="/admin/users", language=language, width=width, scheme=scheme)
    for section in SECTIONS:
        _open(page, section)
        page.screenshot(path=screenshots / f"admin-{section}-{language}.png")


def _open(page: Page, section: str) -> None:
    page.locator(f'nav a[href="/admin/{section}"]').click()
    expect(page.locator(f'nav a[href="/admin/{section}"]')).to_have_attribute(
        "aria-current", "page"
    )
    page.locator("main h1").wait_for()
    expect(page.locator("main [role=status]")).to_have_count(0)
