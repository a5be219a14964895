"""A thread that fails begins again, and no other notices."""

import threading

from structlog.testing import capture_logs

from gateway.supervision import Supervisor


def test_what_fails_begins_again_and_stops_no_other() -> None:
    stop, works, other_is_done = threading.Event(), threading.Event(), threading.Event()
    tries = 0

    def fails_twice() -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise OSError(28, "No space left on device")
        works.set()
        stop.wait()

    supervisor = Supervisor(stop, first_wait_s=0.01, longest_wait_s=0.02)
    with capture_logs() as logs:
        supervisor.start("camera yard", fails_twice)
        supervisor.start("camera gate", other_is_done.set)
        assert works.wait(10)
        assert other_is_done.wait(10)
        yard, gate = supervisor.states()
        assert (yard.running, yard.failures) == (True, 2)
        assert "No space left" in str(yard.error)
        stop.set()
        assert supervisor.join(10) == []
    assert (gate.name, gate.failures, gate.error) == ("camera gate", 0, None)
    assert [log["task"] for log in logs] == ["camera yard"] * 2
    assert all(state.ended for state in supervisor.states())


def test_what_does_not_stop_is_named() -> None:
    stop, begun, hangs = threading.Event(), threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        hangs.wait(60)

    supervisor = Supervisor(stop)
    supervisor.start("camera yard", hang)
    assert begun.wait(10)
    stop.set()
    assert supervisor.join(0.05) == ["camera yard"]
    hangs.set()
    assert supervisor.join(10) == []


def test_waits_longer_from_time_to_time() -> None:
    stop = threading.Event()
    waits: list[float] = []

    class Watched(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout or 0)
            if len(waits) == 5:
                self.set()
            return self.is_set()

    def fails() -> None:
        raise ValueError("no")

    stop = Watched()
    supervisor = Supervisor(stop, first_wait_s=1, longest_wait_s=5)
    with capture_logs():
        supervisor.start("clock", fails)
        assert supervisor.join(10) == []
    assert waits == [1, 2, 4, 5, 5]
