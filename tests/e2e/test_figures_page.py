"""The figures, as a supervisor reads and exports them."""

import csv
import re
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import OpenPage, Town

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PATIENCE_MS = 30_000


def test_what_was_not_judged_stands_beside_the_precision(town: Town, open_page: OpenPage) -> None:
    with town.signed_in("supervisor") as supervisor:
        seen = supervisor.get("/v1/findings").json()["items"][0]["first_seen_at"]
        day = datetime.fromisoformat(seen).date()
        days = {"from": str(day - timedelta(days=3)), "to": str(day + timedelta(days=3))}
        rows = supervisor.get("/v1/figures/precision", params=days).json()["items"]
    page = open_page("supervisor", path=f"/figures?{urlencode(days)}")
    table = page.get_by_role("table", name="准确率")
    expect(table.get_by_role("row")).to_have_count(len(rows) + 1, timeout=PATIENCE_MS)
    first = table.get_by_role("row").nth(1)
    expect(first).to_contain_text(f"{rows[0]['confirmed']} / {rows[0]['judged']}")
    expect(first.get_by_role("cell").nth(3)).to_have_text(str(rows[0]["not_judged"]))


def test_the_backlog_is_a_plot_and_a_table(open_page: OpenPage) -> None:
    page = open_page("supervisor", path="/figures?days=7")
    plot = page.get_by_role("figure", name="待审核的发现")
    plot.locator("svg.recharts-surface path.recharts-line-curve").wait_for(timeout=PATIENCE_MS)
    page.get_by_text("以表格查看").first.click()
    table = page.get_by_role("table", name="积压")
    expect(table.get_by_role("row")).to_have_count(8, timeout=PATIENCE_MS)


def test_the_address_holds_what_was_chosen_and_the_export_is_of_it(open_page: OpenPage) -> None:
    page = open_page("supervisor", path="/figures")
    page.get_by_role("combobox", name="巡检类型").click()
    page.get_by_role("option", name="农作物病虫害").click()
    page.get_by_text("按摄像头", exact=True).click()
    expect(page).to_have_url(re.compile("inspection=crop_pest&by=camera"))
    expect(page.get_by_text("这段时间没有数据").first).to_be_visible(timeout=PATIENCE_MS)
    page.reload()
    expect(page.get_by_role("combobox", name="巡检类型")).to_have_value("农作物病虫害")
    with page.expect_download() as download:
        page.get_by_role("link", name="导出 CSV：准确率").click()
    with download.value.path().open(encoding="utf-8-sig", newline="") as exported:
        assert [line[:2] for line in csv.reader(exported)] == [["inspection", "class_name"]]
