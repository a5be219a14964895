"""A bus at its stop: brings up what it has kept, in batches, as fast as the service takes it.

`python -m benchmarks.backfill PLAN.json` posts until it is ended or has posted all, and prints how
many frames were taken after each second, so that whoever ends it knows.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.load import unlike

_SOME = 2.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to bring up.

    Attributes:
        port: On 127.0.0.1.
        token: Of the gateway.
        pictures: Folder of 0.jpg, 1.jpg, ….
        frames: Metadata of each frame; the pictures are taken in turn.
        first: Number of the first frame, unique in a run.
        batch: Frames of one request.
        connections: Requests at once.
    """

    port: int
    token: str
    pictures: str
    frames: list[dict[str, Any]]
    first: int
    batch: int
    connections: int


class _Bus:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._pictures = [path.read_bytes() for path in sorted(Path(plan.pictures).glob("*.jpg"))]
        self._left = list(range(plan.first, len(plan.frames)))[::-1]
        self._taken = self._refused = 0
        self._told_at = 0.0

    async def run(self) -> None:
        limits = httpx.Limits(max_connections=self._plan.connections)
        headers = {"Authorization": f"Bearer {self._plan.token}", "Prefer": "wait=50"}
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self._plan.port}",
            limits=limits,
            headers=headers,
            timeout=60,
        ) as client:
            await asyncio.gather(*(self._bring(client) for _ in range(self._plan.connections)))
        self._tell()

    async def _bring(self, client: httpx.AsyncClient) -> None:
        while self._left:
            batch = [self._left.pop() for _ in range(min(self._plan.batch, len(self._left)))]
            answer = await client.post("/v1/frames", files=self._parts(batch))
            if answer.status_code in (200, 207):
                bodies = answer.json()["frames"]
                again = [n for n, one in zip(batch, bodies, strict=True) if "problem" in one]
            else:
                again = batch
            self._taken += len(batch) - len(again)
            self._refused += len(again)
            self._left.extend(reversed(again))
            if time.monotonic() - self._told_at > 1:
                self._tell()
            if again:
                await asyncio.sleep(float(answer.headers.get("Retry-After", _SOME)))

    def _parts(self, batch: list[int]) -> list[tuple[str, tuple[str | None, bytes, str]]]:
        frames = [self._plan.frames[number] for number in batch]
        metadata = json.dumps({"frames": frames}).encode()
        parts: list[tuple[str, tuple[str | None, bytes, str]]] = [
            ("metadata", (None, metadata, "application/json"))
        ]
        for number in batch:
            picture = self._pictures[number % len(self._pictures)]
            parts.append(("picture", ("p.jpg", b"".join(unlike(picture, number)), "image/jpeg")))
        return parts

    def _tell(self) -> None:
        self._told_at = time.monotonic()
        print(json.dumps({"taken": self._taken, "refused": self._refused}), flush=True)


def main() -> None:
    """Bring up the plan named on the command line."""
    asyncio.run(_Bus(Plan(**json.loads(Path(sys.argv[1]).read_text()))).run())


if __name__ == "__main__":
    main()
