"""Every page of the router, held against the rules of axe-core in both colour schemes."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from api.page import DIST
from inference.inspections import INSPECTIONS
from tests.e2e.conftest import OpenPage, Town
from tests.e2e.test_inspections import PATIENCE_MS, finding, settled

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("demo")]

WEB = DIST.parent
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
ROUTE = re.compile(r'path: "([^"]+)"')
BARRED = ("serious", "critical")


def addresses(city: Town) -> list[str]:
    """Return an address for every route; a route that is new must be known here."""
    with city.signed_in("admin") as admin:
        camera = admin.get("/v1/cameras").raise_for_status().json()["items"][0]["id"]
    case = a_case(city)
    known = {
        "review": ["/review"],
        "findings/:findingId": [f"/findings/{finding(city, one)['id']}" for one in INSPECTIONS],
        "map": ["/map"],
        "cases/:caseId?": ["/cases", f"/cases/{case}"],
        "cases/:caseId/print": [f"/cases/{case}/print"],
        "matters": ["/matters"],
        "cameras/:cameraId?": ["/cameras", f"/cameras/{camera}"],
        "figures": ["/figures"],
        "admin/:section?": ["/admin", "/admin/audit", "/admin/destinations", "/admin/tokens"],
        "*": ["/nowhere"],
    }
    routes = ROUTE.findall((WEB / "src" / "router.tsx").read_text("utf-8"))
    assert routes, "the router names no routes"
    return [address for route in routes for address in known[route]]


def a_case(city: Town) -> str:
    """Return the id of a case; where there is none, the least urgent finding becomes one."""
    with city.signed_in("operator") as operator:
        cases = operator.get("/v1/cases").raise_for_status().json()["items"]
        if cases:
            return str(cases[0]["id"])
        waiting = {"inspection": "road_damage", "state": "pending_review"}
        last = operator.get("/v1/findings", params=waiting).raise_for_status().json()["items"][-1]
        path = f"/v1/findings/{last['id']}/review"
        told = operator.post(path, json={"verdict": "confirm"}).raise_for_status().json()
        return str(told["case"]["id"])


def violations(page: Page) -> list[str]:
    """Return what axe holds against the page as it is now."""
    page.evaluate(AXE.read_text("utf-8"))
    result: dict[str, Any] = page.evaluate("axe.run()")
    assert result["passes"], "axe looked at nothing"
    return [
        f"{one['id']}: {node['target']}"
        for one in result["violations"]
        if one["impact"] in BARRED
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_violation(city: Town, open_city: OpenPage, scheme: str) -> None:
    page = open_city("admin", scheme=scheme)
    found = {}
    for address in addresses(city):
        page.goto(address)
        settled(page)
        if against := violations(page):
            found[address] = against
    assert not found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_sign_in_and_dialogs_have_no_serious_violation(
    city: Town, open_city: OpenPage, scheme: str
) -> None:
    page = open_city(scheme=scheme)
    page.locator("input[type=password]").wait_for()
    assert not violations(page)

    vehicle, fall = finding(city, "checkpoint_vehicle"), finding(city, "falling_object")
    page = open_city("supervisor", path=f"/findings/{fall['id']}", scheme=scheme)
    page.get_by_role("button", name="查看原始画面").click(timeout=PATIENCE_MS)
    page.get_by_role("dialog").get_by_role("textbox").wait_for()
    assert not violations(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("v")
    page.locator("video").wait_for()
    assert not violations(page)
    page.goto(f"/findings/{vehicle['id']}")
    page.get_by_role("button", name="查看号牌").click(timeout=PATIENCE_MS)
    page.get_by_role("dialog").get_by_role("textbox").wait_for()
    assert not violations(page)
