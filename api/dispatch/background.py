"""The sending and the asking that run beside the service."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from api.database import Database, now
from api.dispatch.connectors.base import Media
from api.dispatch.monitoring import DeliveryMetrics
from api.dispatch.polling import Poller
from api.dispatch.sealing import Seal
from api.dispatch.sender import Sender, SenderOptions
from api.evidence.signing import LinkSigner, Medium, Rendition
from api.metrics import Metrics
from api.settings import Settings

_LINKS_LAST = timedelta(days=30)
_TYPES = {Medium.PICTURE: "image/jpeg", Medium.CLIP: "video/mp4"}


def linked(links: LinkSigner) -> Callable[[str, Medium], Media]:
    """Return what makes the links that departments get: redacted, with what was found drawn in."""

    def media(evidence_id: str, medium: Medium) -> Media:
        url = links.url(evidence_id, Rendition.ANNOTATED, now() + _LINKS_LAST, medium)
        return Media(url, _TYPES[medium])

    return media


@contextmanager
def dispatching(
    settings: Settings, *, database: Database, seal: Seal, links: LinkSigner, metrics: Metrics
) -> Iterator[None]:
    """Send what is in the outbox and ask departments for news, until the block ends.

    With `delivery_threads` 0 another process does that, and nothing is started.
    """
    delivery_metrics = DeliveryMetrics(metrics.registry, database)
    if settings.delivery_threads == 0:
        yield
        return

    options = SenderOptions(
        public_url=settings.public_url,
        schedule_s=settings.delivery_schedule_s,
        timeout_s=settings.delivery_timeout_s,
        threads=settings.delivery_threads,
        drop_dir=settings.resolved_drop_dir,
    )
    sender = Sender(database, seal, linked(links), options, metrics=delivery_metrics)
    poller = Poller(
        database,
        seal,
        interval_s=settings.status_interval_s,
        timeout_s=settings.delivery_timeout_s,
        drop_dir=settings.resolved_drop_dir,
    )
    stop = threading.Event()
    threads = [
        threading.Thread(target=runner.run, args=(stop,), name=type(runner).__name__.lower())
        for runner in (sender, poller)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        database.bell.ring()
        for thread in threads:
            thread.join()
