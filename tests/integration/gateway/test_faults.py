"""Cameras, gateway, network and service fail in turn; every frame arrives, and arrives once.

The long version with random faults: `python -m benchmarks.gateway_soak`.
"""

from pathlib import Path

from api.database import Database
from tests.fault_proxy import Answer, Cut, Delay, Lose
from tests.gateway_rig import Rig, patiently, rig

YARD, GATE = "camera-0", "camera-1"


def test_every_captured_frame_is_in_the_service_exactly_once(
    tmp_path: Path, database: Database
) -> None:
    with rig(tmp_path, database) as city:
        city.await_frames(4)  # the service may not even be up
        city.await_service()
        city.proxy.fault = Answer(429, retry_after_s=1)
        meet(city, "429")
        city.proxy.fault = Answer(503)
        city.agent.kill()
        city.agent.start()
        meet(city, "503")
        city.server.kill()
        city.await_status("unreachable cameras", lambda status: states(status) == {"unreachable"})
        city.server.start()
        city.proxy.fault = Lose()
        meet(city, "lose")
        city.await_status("live cameras", lambda status: states(status) == {"live"})
        city.freeze(YARD)
        city.proxy.fault = Delay(0.3)
        city.service.kill()
        city.await_status(
            "a frozen camera", lambda status: status["cameras"][YARD]["status"] == "frozen"
        )
        assert city.status()["cameras"][GATE]["status"] == "live"
        city.service.start()
        city.thaw(YARD)
        city.proxy.fault = None
        city.agent.kill()
        city.agent.start()
        city.await_frames(4)
        city.proxy.fault = Cut()
        meet(city, "cut")
        city.settle()
        tally = city.tally()
    tally.expect_exactly_once()
    assert min(map(len, tally.numbers.values())) > 10


def meet(city: Rig, fault: str) -> None:
    """Wait until some requests met a fault."""
    until = city.proxy.met[fault] + 2
    for _ in patiently(f"requests that meet {fault}"):
        if city.proxy.met[fault] >= until:
            return


def states(status: dict[str, dict[str, dict[str, str]]]) -> set[str]:
    return {camera["status"] for camera in status["cameras"].values()}
