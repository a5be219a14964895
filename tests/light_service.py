"""`xunjian serve` without its models, for what does not ask what a picture shows.

python -m tests.light_service PORT
"""

import sys

from api.cameras.pictures import LONG_SIDE
from api.frames.inspector import Inspector
from api.serve import serve
from inference.decode import DecodeLimits, Picture, decode
from inference.detections import Detections


def see_nobody(_: Inspector, data: bytes) -> tuple[Picture, Detections]:
    return decode(data, DecodeLimits(), LONG_SIDE), Detections.none(("person",))


def main() -> None:
    Inspector._find_problem = lambda _: None  # type: ignore
    Inspector.road_users = see_nobody  # type: ignore
    serve("127.0.0.1", int(sys.argv[1]), None)


if __name__ == "__main__":
    main()
