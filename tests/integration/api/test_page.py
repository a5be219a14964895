import http.client
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI

from api.metrics import Metrics
from api.middleware import RequestMiddleware
from api.page import Page
from api.problems import add_problem_handlers
from tests.conftest import serving

Get = Callable[[str], tuple[http.client.HTTPResponse, str]]


@pytest.fixture(scope="module")
def get(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Get]:
    """Give a function that asks a service, whose built page is a small one, for a path as it is."""
    folder = tmp_path_factory.mktemp("page")
    dist = folder / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text('<style nonce="__CSP_NONCE__"></style>__CSP_NONCE__')
    (dist / "assets" / "app-1a2b.js").write_text("let x")
    (dist / "favicon.svg").write_text("<svg/>")
    (folder / "hidden.txt").write_text("a secret")
    (dist / "link.txt").symlink_to(folder / "hidden.txt")
    with serving(_app(dist)) as url:
        yield lambda path: _get(url, path)


def _app(dist: Path) -> FastAPI:
    app = FastAPI()
    app.add_middleware(RequestMiddleware, metrics=Metrics(), https=False)
    add_problem_handlers(app)
    app.router.default = Page(dist)
    return app


def _get(url: str, path: str) -> tuple[http.client.HTTPResponse, str]:
    # Not httpx, which would tidy the path.
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    connection.request("GET", path)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer, text


@pytest.mark.parametrize("path", ["/", "/review", "/cases/0199-abc", "/findings?state=confirmed"])
def test_places_of_the_page_get_the_page_under_a_strict_policy(get: Get, path: str) -> None:
    answer, _ = get(path)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy


def test_the_nonce_is_new_each_time_and_the_same_in_page_and_policy(get: Get) -> None:
    nonces = set()
    for _ in range(3):
        answer, text = get("/")
        [nonce] = re.findall(r"'nonce-([\w-]{20,})'", answer.headers["content-security-policy"])
        assert text == f'<style nonce="{nonce}"></style>{nonce}'
        nonces.add(nonce)
    assert len(nonces) == 3


def test_hashed_files_are_kept_by_browsers_and_others_are_asked_for(get: Get) -> None:
    answer, text = get("/assets/app-1a2b.js")
    assert text == "let x"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["x-content-type-options"] == "nosniff"
    answer, _ = get("/favicon.svg")
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/../hidden.txt",
        "/%2e%2e/hidden.txt",
        "/assets/../../hidden.txt",
        "/..%2fhidden.txt",
        "/link.txt",
        "/hidden.txt",
        "/assets/missing.js",
        "/nul%00.txt",
        "/" + "long" * 500 + ".txt",
    ],
)
def test_nothing_outside_the_page_is_given(get: Get, path: str) -> None:
    answer, text = get(path)
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "a secret" not in text


def test_without_a_built_page_the_service_says_how_to_build_it(tmp_path: Path) -> None:
    with serving(_app(tmp_path / "nothing")) as url:
        answer, text = _get(url, "/")
    assert answer.status == 200
    assert "make web" in text
