"""The load generator: a process of its own, on plain sockets, so that it takes little from the CPU.

`python -m benchmarks.load PLAN.json` posts pictures and prints what came back, as JSON. A plan with
`clients` keeps that many connections busy, each posting as soon as it has its answer; a plan with
`rate` posts at that rate whatever comes back, on as many connections as it takes, and counts
latency from the moment at which a frame was due.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

_MOST_CONNECTIONS = 512
_PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to post.

    Attributes:
        port: On 127.0.0.1.
        path: Path of the URL.
        pictures: Folder of 0.jpg, 1.jpg, ….
        posts: The number of a picture and the headers to post it with, one post after another and
            over again; `{n}` in a header becomes the number of the request, unique in a run.
        first: Number of the first request.
        warm_up_s: Seconds that are not counted.
        seconds: Seconds that are counted.
        clients: Connections that are kept busy.
        rate: Frames per second, instead of `clients`.
    """

    port: int
    path: str
    pictures: str
    posts: list[tuple[int, dict[str, str]]]
    first: int
    warm_up_s: float
    seconds: float
    clients: int = 0
    rate: float = 0.0


@dataclass(slots=True)
class Result:
    """What came back in the counted time.

    Attributes:
        posted: Requests sent, in the uncounted time too; the next plan starts after them.
        statuses: How many answers of each HTTP status; `0` where the connection broke.
        latencies_ms: Of the answers with status 200, sorted.
    """

    posted: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    latencies_ms: list[float] = field(default_factory=list)


def unlike(jpeg: bytes, number: int) -> tuple[bytes, bytes, bytes]:
    """Return a JPEG in parts that, put together, show the same and are another file.

    A camera's very same picture is not looked at again, so each has a comment of its own (ITU-T
    T.81, B.2.4.5) behind the start of the image.
    """
    comment = f"{number:012d}".encode()
    return jpeg[:2], b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment, jpeg[2:]


class _Connection(asyncio.Protocol):
    def __init__(self, generator: "_Generator") -> None:
        self._generator = generator
        self._received = b""
        self._due = 0.0
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def close(self) -> None:
        self._transport.close()

    def post(self, request: tuple[bytes, ...], due: float) -> None:
        self._due = due
        self._transport.writelines(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        lines = head.lower().split(b"\r\n")
        length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
        if len(body) < length:
            return
        self._received = b""
        keeps = b"connection: close" not in lines
        due, self._due = self._due, 0.0
        if not keeps:
            self._transport.close()
        self._generator.answered(lines[0].split()[1].decode(), due, self if keeps else None)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._due:
            self._generator.answered("0", self._due, None)


class _Generator:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.result = Result()
        self._pictures = {
            number: Path(plan.pictures, f"{number}.jpg").read_bytes()
            for number in {number for number, _ in plan.posts}
        }
        self._heads = [
            "\r\n".join(
                (
                    f"POST {plan.path} HTTP/1.1",
                    "Host: 127.0.0.1",
                    f"Content-Length: {sum(map(len, unlike(self._pictures[picture], 0)))}",
                    *(f"{name}: {value}" for name, value in headers.items()),
                    "",
                    "",
                )
            )
            for picture, headers in plan.posts
        ]
        self._connections: list[_Connection] = []
        self._idle: list[_Connection] = []
        self._open = 0
        self._counting_from = 0.0
        self._end = 0.0

    async def run(self) -> Result:
        now = time.monotonic()
        self._counting_from = now + self._plan.warm_up_s
        self._end = self._counting_from + self._plan.seconds
        if self._plan.clients:
            for _ in range(self._plan.clients):
                await self._post(time.monotonic())
            await asyncio.sleep(self._end - time.monotonic())
        else:
            due = now
            while due < self._end:
                await asyncio.sleep(due - time.monotonic())
                await self._post(due)
                due += 1 / self._plan.rate
            while self._open > len(self._idle) and time.monotonic() < self._end + _PATIENCE_S:
                await asyncio.sleep(0.05)
        for connection in self._connections:
            connection.close()
        await asyncio.sleep(0)  # a transport closes in the loop's next round
        self.result.latencies_ms.sort()
        return self.result

    def answered(self, status: str, due: float, connection: _Connection | None) -> None:
        now = time.monotonic()
        measured_at = now if self._plan.clients else due
        if self._counting_from <= measured_at < self._end:
            self._count(status)
            if status == "200":
                self.result.latencies_ms.append((now - due) * 1000)
        if connection is None:
            self._open -= 1
        if self._plan.clients and now < self._end:
            if connection is not None:
                connection.post(self._request(), now)
            else:
                asyncio.ensure_future(self._post(now))  # noqa: RUF006 - it ends with the loop
        elif connection is not None:
            self._idle.append(connection)

    def _count(self, status: str) -> None:
        self.result.statuses[status] = self.result.statuses.get(status, 0) + 1

    async def _post(self, due: float) -> None:
        if self._idle:
            connection = self._idle.pop()
        elif self._open < _MOST_CONNECTIONS:
            self._open += 1
            loop = asyncio.get_running_loop()
            try:
                _, connection = await loop.create_connection(
                    lambda: _Connection(self), "127.0.0.1", self._plan.port
                )
            except OSError:
                self.answered("0", due, None)
                return
            self._connections.append(connection)
        else:
            self._count("0")
            return
        connection.post(self._request(), due)

    def _request(self) -> tuple[bytes, ...]:
        number = self._plan.first + self.result.posted
        self.result.posted += 1
        turn = number % len(self._heads)
        picture, _ = self._plan.posts[turn]
        head = self._heads[turn].replace("{n}", str(number)).encode()
        return head, *unlike(self._pictures[picture], number)


async def generate(plan: Plan) -> Result:
    """Post what the plan says and return what came back."""
    return await _Generator(plan).run()


def main() -> None:
    """Run the plan named on the command line."""
    plan = Plan(**json.loads(Path(sys.argv[1]).read_text()))
    print(json.dumps(asdict(asyncio.run(generate(plan)))))


if __name__ == "__main__":
    main()
