"""Watches one camera: takes its frames in by time and composes whenever half a day is over."""

from collections.abc import Sequence
from datetime import datetime

from inference.sites.composite import Composite, plan_windows
from inference.sites.frame import Frame, FrameRef
from inference.sites.health import HealthLog
from inference.sites.light import LightMode
from inference.sites.persistence import SiteState
from inference.sites.site import Seen, Site
from inference.sites.zones import Zone


class Watch:
    """A camera's frames, its composites and what they have shown.

    Args:
        site: The camera.
        zones: Its zones.

    Attributes:
        state: What is remembered between composites.
        health: What hindered the camera.
        latest: The last composite of each light.
        shown: For each track, the composite that shows it: the one that made it believed.
        used: Frames that composites could use, of each light.
        unlit: Frames in a light that no baseline shows.
    """

    def __init__(self, site: Site, zones: Sequence[Zone] = ()) -> None:
        self.site = site
        self.state = SiteState()
        self.health = HealthLog()
        self.latest: dict[LightMode, Composite] = {}
        self.shown: dict[int, Composite] = {}
        self.used: dict[LightMode, list[FrameRef]] = {}
        self.unlit: list[FrameRef] = []
        self._zones = tuple(zones)
        self._kept: dict[LightMode, list[Frame]] = {}
        self._slot: datetime | None = None

    def add(self, seen: Seen) -> None:
        """Take in the next frame, in the order of time."""
        end = self.site.settings.rhythm.slot_end(seen.ref.at)
        if self._slot is not None and end > self._slot:
            self.close()
        self._slot = end
        self.health = self.health.observe(seen.ref, seen.trouble, seen.shift_px)
        frame = seen.usable
        if frame is not None and seen.mode is not None:
            self._kept.setdefault(seen.mode, []).append(frame)
            self.used.setdefault(seen.mode, []).append(seen.ref)
        elif seen.trouble is None:
            self.unlit.append(seen.ref)

    def close(self) -> None:
        """Compose what there is of the half day that has ended; call it after the last frame."""
        rhythm = self.site.settings.rhythm
        for mode, kept in sorted(self._kept.items()):
            window = plan_windows([frame.ref for frame in kept], rhythm)[-1]
            if window.end != self._slot or len(window.frames) < rhythm.least_frames:
                continue
            named = {frame.ref.name: frame for frame in kept}
            frames = [named[ref.name] for ref in window.frames]
            self._take_in(self.site.compose(mode, window.end, frames), kept)
            self._kept[mode] = kept[-max(window.fresh, rhythm.least_frames) :]

    def _take_in(self, composite: Composite, kept: Sequence[Frame]) -> None:
        sighted = self.site.compare(composite, earlier=kept)
        self.state = self.site.observe(self.state, composite, sighted, self._zones)
        self.latest[composite.mode] = composite
        for track in self.state.tracks:
            newest = track.looks[-1]
            here = newest.area is not None and (newest.mode, newest.end) == (
                composite.mode,
                composite.end,
            )
            if here and track.confirmed in (None, composite.last):
                self.shown[track.number] = composite
