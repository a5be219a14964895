"""What a browser has to fetch until an operator sees the first finding; the map comes after."""

import pytest

from benchmarks.first_load import watch
from tests.e2e.conftest import OpenPage
from tests.e2e.test_inspections import PATIENCE_MS

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("demo")]

BUDGET = 600_000  # bytes as they come over the wire


def test_the_first_load_is_light(open_city: OpenPage) -> None:
    page = open_city("operator")
    fetched = watch(page)  # from here on with an empty cache
    page.goto("/review")
    page.locator("[data-finding] svg image").first.wait_for(timeout=PATIENCE_MS)
    scripts = [address for address in fetched.sizes if address.endswith(".js")]
    assert len(scripts) > 3, "the page's own files were not counted"
    assert fetched.bytes <= BUDGET, sorted(fetched.sizes.items(), key=lambda one: -one[1])[:8]
