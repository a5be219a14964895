import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from api.logs import configure_logs


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Give the stream that logs go to; what was configured before comes back."""
    root = logging.getLogger()
    handlers, level, before = root.handlers, root.level, structlog.get_config()
    stream = io.StringIO()
    configure_logs(stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.configure(**before)


def test_logs_of_ours_and_of_libraries_are_one_json_object_a_line(log: io.StringIO) -> None:
    structlog.contextvars.bind_contextvars(request_id="r-1")
    structlog.get_logger("ours").info("frame taken", camera="公交 17")
    logging.getLogger("library").warning("disk %s full", "almost")
    structlog.contextvars.clear_contextvars()
    ours, library = map(json.loads, log.getvalue().splitlines())
    assert ours["event"] == "frame taken"
    assert ours["camera"] == "公交 17"
    assert ours["request_id"] == library["request_id"] == "r-1"
    assert ours["timestamp"].endswith("Z")
    assert library["event"] == "disk almost full"
    assert library["level"] == "warning"


def test_secrets_are_masked_wherever_they_turn_up(log: io.StringIO) -> None:
    logger = structlog.get_logger()
    logger.info("sent xj_abc-123 to x", authorization="Bearer xj_abc-123", csrf_token="hush")
    logging.getLogger("library").error("header xj_abc-123")
    try:
        raise ValueError("with xj_abc-123 inside")
    except ValueError:
        logger.exception("failed", plate="浙A12345")
    text = log.getvalue()
    assert "abc-123" not in text
    assert "hush" not in text
    assert "浙A12345" not in text
    assert "ValueError" in text


def test_a_traceback_shows_no_values_of_variables(log: io.StringIO) -> None:
    password = "correct horse"
    try:
        raise RuntimeError(len(password))
    except RuntimeError:
        structlog.get_logger().exception("failed")
    assert "correct horse" not in log.getvalue().replace('password = "correct horse"', "")
