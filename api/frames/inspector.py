"""The inspections this service runs, the pool that runs them, and whether they can be trusted."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import structlog

from api.cameras.pictures import LONG_SIDE
from api.settings import Settings
from inference.decode import DecodeLimits, Picture, decode
from inference.detections import Detections
from inference.greenness import Greenness, greenness
from inference.inspections import INSPECTIONS, Kind, PictureInspection
from inference.inspections.checkpoint_vehicle import CheckpointVehicle
from inference.policy import ExecutionPolicy, choose_policy
from inference.pool import InspectionPool
from inference.quality import LookQuality, look_quality
from inference.sight import Sight, take_sight
from models.errors import XunjianError

_log = structlog.get_logger()

_GOLDEN_EVERY_S = 5.0
_DEFAULT_LONG_SIDE = 640


@dataclass(frozen=True, slots=True)
class Shape:
    """What a picture is.

    Attributes:
        content_type: what the bytes are, whatever was declared.
        width: of the picture as displayed, in pixels.
        height: of the picture as displayed, in pixels.
    """

    content_type: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Looked(Shape):
    """What the inspections of a camera say of one picture.

    Attributes:
        quality: how well it could show anything.
        found: what each inspection found, in the camera's order.
        faint: what each saw too faintly to report it, by its name.
        greenness: how green the field is, where an inspection of a field looked.
        sight: what the watch over the camera keeps of it, where that was asked for.
    """

    quality: LookQuality
    found: tuple[tuple[PictureInspection, Detections], ...]
    faint: Mapping[str, Detections] = field(default_factory=dict)
    greenness: Greenness | None = None
    sight: Sight | None = None


class Inspector:
    """Loads every inspection of pictures, checks each on its golden picture, and looks.

    Loading happens in a thread of its own, so that the service answers its health checks
    meanwhile; `problem` says what stands in the way until then, and after it if a check failed.

    Args:
        settings: device, variant, workers, queue and limits.

    Raises:
        ProviderUnavailable: the device that is asked for does not work here.
    """

    def __init__(self, settings: Settings) -> None:
        self.policy = choose_policy(settings.device)
        self.workers = settings.workers or self.policy.workers
        self.pool = InspectionPool(self.workers, settings.max_queue)
        self.problem: str | None = "the models are being loaded"
        self.inspections: dict[str, PictureInspection] = {}
        self._variant = settings.model_variant
        self._limits = DecodeLimits(settings.max_picture_bytes, settings.max_picture_pixels)
        self._checking = threading.Lock()
        self._checked_at = 0.0
        self._loader = threading.Thread(target=self.check, name="load-models", daemon=True)
        self._loader.start()

    def check(self) -> str | None:
        """Load what is not loaded, ask each model for its golden picture, return the problem.

        What was checked less than five seconds ago is not checked again.

        Returns:
            What is wrong and how to mend it, or None when the service can inspect.
        """
        with self._checking:
            if time.monotonic() - self._checked_at < _GOLDEN_EVERY_S and self._checked_at:
                return self.problem
            problem = self._find_problem()
            if problem is not None and problem != self.problem:
                _log.error("inspections are not ready", problem=problem)
            self.problem = problem
            self._checked_at = time.monotonic()
            return problem

    def _find_problem(self) -> str | None:
        try:
            for name, kind in INSPECTIONS.items():
                if not issubclass(kind, PictureInspection):
                    continue
                inspection = _load(kind, self.policy, self._variant)
                inspection.check_golden()
                self.inspections[name] = inspection
        except XunjianError as error:
            return f"{error}. {error.hint}" if error.hint else str(error)
        except Exception as error:
            # Only golden pictures and model files are read here: nothing a caller sent.
            _log.exception("an inspection does not load")
            return f"an inspection does not load: {error}"
        return None

    def look(
        self,
        data: bytes,
        declared_type: str | None,
        names: Sequence[str],
        *,
        with_sight: bool = False,
    ) -> Looked:
        """Decode one picture and run inspections on it, on the calling thread.

        Args:
            data: a whole JPEG, PNG or WebP file.
            declared_type: the content type that the sender stated, if any.
            names: inspections to run, those of the camera.
            with_sight: whether the watch over the camera looks at it too.

        Raises:
            PictureError: the bytes are not a picture that can be inspected.
        """
        inspections = [self.inspections[name] for name in names if name in self.inspections]
        long_side = max((one.input_size for one in inspections), default=_DEFAULT_LONG_SIDE)
        picture = decode(data, self._limits, long_side, declared_type)
        seen = [(one, *one.inspect_with_faint(picture)) for one in inspections]
        quality = look_quality(picture)
        return Looked(
            content_type=f"image/{picture.format}",
            width=picture.width,
            height=picture.height,
            quality=quality,
            found=tuple((one, found) for one, found, _ in seen),
            faint={one.name: faint for one, _, faint in seen if len(faint)},
            greenness=greenness(picture)
            if any(one.kind is Kind.AREA for one in inspections)
            else None,
            sight=take_sight(picture, quality) if with_sight else None,
        )

    def road_users(self, data: bytes) -> tuple[Picture, Detections]:
        """Find who is on the road in one picture, on the calling thread, so as to hide them.

        Args:
            data: a picture that was looked at.

        Returns:
            The picture at a reduced size; persons, vehicles and plates in it.
        """
        street = self.inspections[CheckpointVehicle.name].detectors["street"]
        picture = decode(data, self._limits, LONG_SIDE)
        return picture, street.detect(picture)

    def close(self) -> None:
        """Finish what was taken and refuse the rest."""
        self._loader.join()
        self.pool.close()


# One engine serves every caller of a process: two services in one process share it.
@lru_cache(maxsize=16)
def _load(
    kind: type[PictureInspection],
    policy: ExecutionPolicy,
    variant: Literal["auto", "fp32", "int8"],
) -> PictureInspection:
    return kind.load(policy, variant=variant, threshold=None, root=None)
