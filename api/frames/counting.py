"""How many frames came and what became of them."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter

from api.errors import ProblemError
from api.frames.service import Answer
from api.metrics import Metrics

_MOST_GATEWAYS = 100
_OTHERS = "other"


class FrameCounts:
    """Counters of frames, by outcome, by reason and by gateway.

    The first hundred gateways that post have counters of their own and the rest share one, so that
    there are never more than a monitoring system can bear.

    Args:
        metrics: where they are registered.
    """

    def __init__(self, metrics: Metrics) -> None:
        def counter(name: str, help_text: str, *labels: str) -> Counter:
            return Counter(name, help_text, labels, registry=metrics.registry)

        self._frames = counter("xunjian_frames", "Frames posted, by what became of them", "outcome")
        self._refused = counter("xunjian_frames_refused", "Frames refused, by why", "reason")
        self._of_gateways = counter(
            "xunjian_gateway_frames",
            "Frames posted, by gateway (id, or other) and outcome",
            "gateway",
            "outcome",
        )
        self._warnings = counter("xunjian_frame_warnings", "Frames with a warning", "warning")
        self._detections = counter(
            "xunjian_detections", "Detections committed", "inspection", "class_name"
        )
        self._gateways: set[str] = set()

    def answered(self, gateway_id: str, answer: Answer) -> None:
        """Count a frame that was taken, or had been."""
        if answer.duplicate:
            self._count(gateway_id, "repeated")
            return
        self._count(gateway_id, "taken")
        for warning in answer.reply["warnings"]:
            self._warnings.labels(warning).inc()
        for found in answer.reply["detections"]:
            self._detections.labels(found["inspection"], found["class"]).inc()

    def refused(self, gateway_id: str, reason: str) -> None:
        """Count a frame, or a request, that was not taken.

        Args:
            gateway_id: who posted it.
            reason: the code of the problem that it was told.
        """
        self._count(gateway_id, "refused")
        self._refused.labels(reason).inc()

    @contextmanager
    def refusals(self, gateway_id: str) -> Iterator[None]:
        """Count what the block raises as a refusal."""
        try:
            yield
        except ProblemError as problem:
            self.refused(gateway_id, problem.code)
            raise

    def _count(self, gateway_id: str, outcome: str) -> None:
        self._frames.labels(outcome).inc()
        if len(self._gateways) < _MOST_GATEWAYS:
            self._gateways.add(gateway_id)
        known = gateway_id if gateway_id in self._gateways else _OTHERS
        self._of_gateways.labels(known, outcome).inc()
