"""What a browser has to fetch before an operator can begin."""

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
    page.locator("main h1").wait_for(timeout=PATIENCE_MS)
    page.locator(".maplibregl-canvas").wait_for(timeout=PATIENCE_MS)
    scripts = [address for address in fetched.sizes if address.endswith(".js")]
    assert len(scripts) > 3, "the page's own files were not counted"
    assert fetched.bytes <= BUDGET, sorted(fetched.sizes.items(), key=lambda one: -one[1])[:8]
