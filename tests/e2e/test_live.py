"""The page shows what others change while it happens, and says when it cannot."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenPage, Town

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

WITHOUT_ASKING_MS = 20_000  # far below the minute after which the page asks by itself


def waiting(page: Page) -> int:
    text = page.get_by_role("link", name="待审核").inner_text()
    return int(re.sub(r"\D", "", text))


def test_what_somebody_else_does_shows_by_itself(town: Town, open_page: OpenPage) -> None:
    page = open_page("operator", path="/cases")
    mark = page.get_by_role("status", name="实时更新")
    expect(mark).to_have_text("实时")
    before = waiting(page)
    with town.signed_in("supervisor") as supervisor:
        queue = supervisor.get("/v1/findings", params={"state": "pending_review"}).json()["items"]
        supervisor.post(
            f"/v1/findings/{queue[-1]['id']}/review", json={"verdict": "defer"}
        ).raise_for_status()
    counter = page.get_by_role("link", name=f"待审核 {before - 1}")
    expect(counter).to_be_visible(timeout=WITHOUT_ASKING_MS)


def test_a_lost_connection_shows_and_comes_back(open_page: OpenPage) -> None:
    page = open_page("operator", path="/cases")
    mark = page.get_by_role("status", name="实时更新")
    expect(mark).to_have_text("实时")
    page.context.route("**/v1/events", lambda route: route.abort())
    page.reload()
    expect(mark).to_have_text("正在重新连接")
    page.context.unroute("**/v1/events")
    expect(mark).to_have_text("实时", timeout=WITHOUT_ASKING_MS)
