"""Whether a gateway loses nothing and doubles nothing while everything around it breaks at random.

`python -m benchmarks.gateway_soak --minutes 10 --save`, from a checkout: it uses the tests' RTSP
server (GStreamer's, from Debian), proxy and rig. Cameras, gateway, network and service are
processes of their own; three hands break the cameras, the network and the processes at random and
at the same time. At the end every frame that the gateway had durably queued, by its log, must be
in the service's database exactly once, and the numbers in the pictures must rise.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api import migrations
from api.database import Database
from benchmarks.machine import cpu_name
from tests.fault_proxy import Answer, Cut, Delay, Lose
from tests.gateway_rig import Rig, rig

CAMERAS = 2
EVERY = "1s"
_SERVE = ("-m", "xunjian", "serve", "--port")
_RESULT = Path(__file__).with_name("results") / "gateway_soak.json"
# Beyond the time of the faults: starting, and emptying the queue.
_CLIP_SPARE_S = 300


class Hands:
    """Break things until told to stop, and mend each before the next.

    Args:
        city: what is broken.
        seed: of what is broken when.
    """

    def __init__(self, city: Rig, seed: int) -> None:
        self._city = city
        self._seed = seed
        self._stop = threading.Event()
        self.broken: Counter[str] = Counter()
        self.failures: list[Exception] = []
        self.most_waiting = 0

    def work(self, seconds: float) -> None:
        """Break things for some time; all is mended when this returns."""
        hands = [
            threading.Thread(target=self._work, args=(number, faults))
            for number, faults in enumerate((self._cameras(), self._network(), self._processes()))
        ]
        for hand in hands:
            hand.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.failures:
            time.sleep(5)
            waiting = self._waiting()
            self.most_waiting = max(self.most_waiting, waiting)
            print(f"{waiting} wait; {dict(self.broken)}", file=sys.stderr, flush=True)
        self._stop.set()
        for hand in hands:
            hand.join()
        if self.failures:
            raise self.failures[0]

    def _work(self, number: int, faults: dict[str, Callable[[random.Random], None]]) -> None:
        chance = random.Random(self._seed + number)  # noqa: S311 - when things break
        try:
            while not self._stop.wait(chance.uniform(1, 8)):
                name = chance.choice(list(faults))
                faults[name](chance)
                self.broken[name] += 1
        except Exception as error:
            self.failures.append(error)

    def _cameras(self) -> dict[str, Callable[[random.Random], None]]:
        city = self._city

        def kill(chance: random.Random) -> None:
            city.server.kill()
            self._stop.wait(chance.uniform(0, 8))
            city.server.start()

        def pause(chance: random.Random) -> None:
            city.server.pause()
            self._stop.wait(chance.uniform(1, 10))
            city.server.resume()

        def freeze(chance: random.Random) -> None:
            camera = chance.choice(city.cameras)
            city.freeze(camera)
            self._stop.wait(chance.uniform(1, 10))
            city.thaw(camera)

        def mute(chance: random.Random) -> None:
            camera = chance.choice(city.cameras)
            city.server.mute(f"/{camera}")
            self._stop.wait(chance.uniform(1, 10))
            city.thaw(camera)

        return {
            "cameras killed": kill,
            "cameras hang": pause,
            "a picture freezes": freeze,
            "a stream falls silent": mute,
        }

    def _network(self) -> dict[str, Callable[[random.Random], None]]:
        city = self._city

        def fault(make: Callable[[random.Random], Any]) -> Callable[[random.Random], None]:
            def misbehave(chance: random.Random) -> None:
                city.proxy.fault = make(chance)
                self._stop.wait(chance.uniform(2, 10))
                city.proxy.fault = None

            return misbehave

        return {
            "429": fault(lambda chance: Answer(429, retry_after_s=chance.randint(1, 3))),
            "503": fault(lambda _: Answer(503)),
            "500": fault(lambda _: Answer(500)),
            "slow": fault(lambda chance: Delay(chance.uniform(0.2, 2))),
            "too slow": fault(lambda _: Delay(6)),
            "answers lost": fault(lambda _: Lose()),
            "connections cut": fault(lambda _: Cut()),
        }

    def _processes(self) -> dict[str, Callable[[random.Random], None]]:
        city = self._city

        def kill_gateway(chance: random.Random) -> None:
            city.agent.expect_alive()
            city.agent.kill()
            self._stop.wait(chance.uniform(0, 5))
            city.agent.start()
            self._stop.wait(8)

        def kill_service(chance: random.Random) -> None:
            city.service.expect_alive()
            city.service.kill()
            self._stop.wait(chance.uniform(0, 10))
            city.service.start()
            city.await_service()
            self._stop.wait(chance.uniform(5, 15))

        return {"gateway killed -9": kill_gateway, "service killed -9": kill_service}

    def _waiting(self) -> int:
        folder = self._city.folder / "queue" / "frames" / "waiting"
        return sum(1 for _ in folder.iterdir()) if folder.exists() else 0


def soak(minutes: float, seed: int, url: str | None) -> dict[str, Any]:
    """Run everything, break it, let it settle, and count.

    Raises:
        AssertionError: a frame was lost, doubled or out of order.
    """
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="xunjian-soak-") as name:
        folder = Path(name)
        database = Database(url or f"sqlite:///{folder / 'xunjian.sqlite3'}")
        migrations.upgrade(database)
        seconds = round(60 * minutes)
        try:
            with rig(
                folder,
                database,
                count=CAMERAS,
                seconds=seconds + _CLIP_SPARE_S,
                every=EVERY,
                serve=_SERVE,
            ) as city:
                city.await_service()
                hands = Hands(city, seed)
                hands.work(seconds)
                begun = time.monotonic()
                city.settle()
                settled_s = time.monotonic() - begun
                tally = city.tally()
            tally.expect_exactly_once()
        finally:
            database.close()
    return {
        "minutes": minutes,
        "seed": seed,
        "cameras": CAMERAS,
        "every": EVERY,
        "database": database.engine.url.get_backend_name(),
        "frames_queued": len(tally.queued),
        "frames_in_the_service": sum(tally.arrived.values()),
        "lost": len(tally.lost),
        "twice": len(tally.twice),
        "queued_but_not_logged": len(set(tally.arrived) - set(tally.queued)),
        "broken": dict(sorted(hands.broken.items())),
        "requests_that_met": dict(sorted(city.proxy.met.items())),
        "most_waiting": hands.most_waiting,
        "settled_s": round(settled_s, 1),
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "load_before": round(load_before, 1),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def main() -> None:
    """Print the figures as JSON; with `--save` keep them in `results/`."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--database", help="URL of an empty PostgreSQL database")
    parser.add_argument("--save", action="store_true", help="keep the figures in results/")
    asked = parser.parse_args()
    figures = soak(asked.minutes, asked.seed, asked.database)
    text = json.dumps(figures, indent=1)
    print(text)
    if asked.save:
        _RESULT.write_text(text + "\n")


if __name__ == "__main__":
    main()
