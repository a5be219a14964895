"""The gateway's log: one JSON object a line, in UTC, without anybody's secrets."""

import logging
import re
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_SECRET_NAMES = re.compile(r"password|secret|token|authorization", re.IGNORECASE)
_TOKEN = re.compile(r"\bxj_[\w-]+")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


def configure_logs(stream: TextIO = sys.stderr, *, verbose: bool = False) -> None:
    """Send every log, of libraries too, to a stream: JSON, or coloured lines on a terminal.

    Args:
        stream: where to.
        verbose: whether to tell of every frame and clip.
    """
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: list[Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if stream.isatty()
        else [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                mask_secrets,
                *render,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("gateway").setLevel(logging.DEBUG if verbose else logging.INFO)


def mask_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask values whose name says they are secret, tokens, and passwords in addresses."""
    return {
        name: "***" if _SECRET_NAMES.search(name) else _masked(value)
        for name, value in event.items()
    }


def _masked(value: object) -> object:
    if not isinstance(value, str):
        return value
    return _CREDENTIALS.sub("***@", _TOKEN.sub("xj_***", value))
