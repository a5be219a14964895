"""The golden check: does a fixed camera still show what a person said it ought to show?"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from api.cameras.models import CameraPicture, GoldenPicture
from api.database import Database
from inference.sites.health import HealthJudge, HealthKind
from inference.sites.light import LightMode, looks_like_night, measure, mode_of
from inference.sites.registration import Registrar


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of holding a picture against the golden one.

    Attributes:
        trouble: what is wrong with it; None where it shows the same, or cannot be compared.
        shift_px: by how much the camera moved, in pixels of the golden picture, where known.
        other_light: it was taken in other light, and says nothing.
    """

    trouble: HealthKind | None = None
    shift_px: float | None = None
    other_light: bool = False


def compare(database: Database, camera_id: str) -> None:
    """Hold a camera's newest picture against its golden one, unless that was done already.

    Args:
        database: where both are.
        camera_id: any camera's; one without a golden picture, or a newer one, stays as it is.
    """
    with database.read() as session:
        golden = session.get(GoldenPicture, camera_id)
        newest = session.get(CameraPicture, camera_id)
        if golden is None or newest is None or golden.compared_at == newest.captured_at:
            return
        marked_at, captured_at = golden.marked_at, newest.captured_at
        pictures = golden.picture, newest.picture
    result = comparison(*map(decoded, pictures))
    with database.write() as session:
        golden = session.get(GoldenPicture, camera_id)
        if golden is None or golden.marked_at != marked_at:
            return
        golden.compared_at, golden.other_light = captured_at, result.other_light
        golden.trouble, golden.shift_px = result.trouble, result.shift_px


def comparison(golden: NDArray[np.uint8], newest: NDArray[np.uint8]) -> Comparison:
    """Compare two pictures of a camera, uint8 (H, W, 3), BGR."""
    judge = HealthJudge(golden)
    light = measure(golden)
    mode: LightMode = "night" if looks_like_night(light) else "day"
    if mode_of(measure(newest), {mode: light}) is None:
        return Comparison(other_light=True)
    registered = Registrar(golden).register(newest)
    if registered.misfit is not None:
        return Comparison(judge.judge_misfit(newest, registered.misfit), registered.shift_px)
    aligned = newest if registered.image is None else registered.image
    return Comparison(judge.judge(aligned))


def decoded(jpeg: bytes) -> NDArray[np.uint8]:
    """Return a stored picture, uint8 (H, W, 3), BGR."""
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8)
