"""One camera and its approved pictures: from frames to composites to regions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from inference.sites.baseline import Baseline, median
from inference.sites.change_map import Comparer
from inference.sites.composite import Composite, Rhythm
from inference.sites.frame import Frame, FrameRef
from inference.sites.health import HealthJudge, HealthKind
from inference.sites.light import Light, LightMode, closest_mode, looks_like_night, measure, mode_of
from inference.sites.persistence import Persistence, Sighted, SiteState, observe
from inference.sites.photometry import match_light
from inference.sites.regions import Region, RegionSettings, find_regions
from inference.sites.registration import Registrar
from inference.sites.zones import Zone

_LASTING = 2 / 3
_LEAST_SIDE = 4


class SiteSettings(BaseModel):
    """What may differ from camera to camera; every default suits most."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rhythm: Rhythm = Field(default_factory=Rhythm)
    regions: RegionSettings = Field(default_factory=RegionSettings)
    persistence: Persistence = Field(default_factory=Persistence)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What one frame is good for.

    Attributes:
        ref: The frame.
        mode: Its light; None where no baseline shows it.
        image: uint8 (H, W, 3), BGR, laid over the baseline; None where it does not fit.
        trouble: What hinders the view; None if all is well.
        shift_px: How far the camera moved, pixels of the baseline; None where it cannot be told.
    """

    ref: FrameRef
    mode: LightMode | None
    image: NDArray[np.uint8] | None
    trouble: HealthKind | None
    shift_px: float | None

    @property
    def usable(self) -> Frame | None:
        """The aligned frame, if composites may use it."""
        if self.image is None or self.mode is None or self.trouble is not None:
            return None
        return Frame(self.ref, self.image)


class Site:
    """A camera with its baselines; safe to share between threads.

    Args:
        baselines: At least one, all of one size and laid over each other (`learn_baselines`).
        comparer: The change network.
        settings: What may differ from camera to camera.
    """

    def __init__(
        self,
        baselines: Mapping[LightMode, Baseline],
        comparer: Comparer,
        settings: SiteSettings | None = None,
    ) -> None:
        self.baselines = baselines
        self.settings = settings or SiteSettings()
        self._comparer = comparer
        self._lights = {mode: measure(one.image) for mode, one in baselines.items()}
        self._registrars = {mode: Registrar(one.image) for mode, one in baselines.items()}
        self._judges = {mode: HealthJudge(one.image) for mode, one in baselines.items()}

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height of the baselines in pixels; boxes are in them."""
        height, width = next(iter(self.baselines.values())).image.shape[:2]
        return width, height

    def look(self, frame: Frame) -> Seen:
        """Lay one frame over the baseline of its light; no network is asked."""
        light = measure(frame.image)
        closest = closest_mode(light, self._lights)
        mode = mode_of(light, self._lights)
        registered = self._registrars[closest].register(frame.image)
        judge = self._judges[closest]
        trouble: HealthKind | None = None
        if registered.misfit is not None:
            if not self._in_unknown_light(light, mode):
                trouble = judge.judge_misfit(frame.image, registered.misfit)
        elif registered.image is not None and mode is not None:
            trouble = judge.judge(registered.image)
        return Seen(frame.ref, mode, registered.image, trouble, registered.shift_px)

    def _in_unknown_light(self, light: Light, mode: LightMode | None) -> bool:
        """Whether the night hides the place: a baseline by day cannot judge such a picture."""
        return mode is None and "night" not in self.baselines and looks_like_night(light)

    def compose(self, mode: LightMode, end: datetime, frames: Sequence[Frame]) -> Composite:
        """Make one picture of aligned frames of one light, in the light of its baseline.

        Args:
            mode: Their light.
            end: End of their slot.
            frames: What `Seen.usable` gave for the frames of a window, in order of time.
        """
        base = self.baselines[mode].image
        image = match_light(median([frame.image for frame in frames]), base)
        return Composite(mode, image, end, tuple(frames))

    def compare(self, composite: Composite, earlier: Sequence[Frame] = ()) -> list[Sighted]:
        """Find what differs from the baseline, and the first frame that shows it.

        Args:
            composite: The composite.
            earlier: Aligned frames of the composite before, where they are at hand: something may
                have been built before most of its frames.
        """
        before = self.baselines[composite.mode].image
        change = self._comparer.compare(before, composite.image)
        regions = find_regions(
            change, self._comparer.structures, self.settings.regions, self.size_wh
        )
        frames = {frame.ref.name: frame for frame in (*earlier, *composite.frames)}
        ordered = sorted(frames.values(), key=lambda frame: frame.ref.order)
        lit = [match_light(frame.image, before) for frame in ordered] if regions else []
        return [
            Sighted(
                region=region,
                since=ordered[_first_showing(region, lit, before, composite.image)].ref,
            )
            for region in regions
        ]

    def observe(
        self,
        state: SiteState,
        composite: Composite,
        sighted: Sequence[Sighted],
        zones: Sequence[Zone] = (),
    ) -> SiteState:
        """Take a composite's regions into the state; see `inference.sites.persistence.observe`."""
        return observe(
            state,
            sighted,
            mode=composite.mode,
            end=composite.end,
            last=composite.last,
            size_wh=self.size_wh,
            settings=self.settings.persistence,
            zones=zones,
        )


def _first_showing(
    region: Region,
    frames: Sequence[NDArray[np.uint8]],
    before: NDArray[np.uint8],
    after: NDArray[np.uint8],
) -> int:
    """Index of the first frame from which on most look like the composite within the region."""
    x1, y1, x2, y2 = (round(side) for side in region.box)
    spot = np.s_[y1 : max(y2, y1 + _LEAST_SIDE), x1 : max(x2, x1 + _LEAST_SIDE)]
    was, now = before[spot].astype(np.int16), after[spot].astype(np.int16)
    shows = [
        np.abs(frame[spot] - now).mean() < np.abs(frame[spot] - was).mean() for frame in frames
    ]
    for index, one in enumerate(shows):
        if one and np.mean(shows[index:]) >= _LASTING:
            return index
    return len(shows) - 1
