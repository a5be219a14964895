"""One half day put together: its frames looked at, composed, compared, and what that changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from api.sites.models import FrameUse
from api.sites.reading import Held, Known, Pictures
from api.sites.slots import LOOKED_AT, Slot, thinned
from inference.sites.composite import Composite, Window, plan_windows
from inference.sites.frame import Frame
from inference.sites.health import HealthLog
from inference.sites.light import LightMode
from inference.sites.persistence import SiteState
from inference.sites.site import Site

NO_BASELINE = "no_baseline"


@dataclass(frozen=True, slots=True)
class Use:
    """What became of a frame.

    Attributes:
        use: what it was used for.
        light: its light, where that could be told.
        trouble: why it was refused.
    """

    use: FrameUse
    light: str | None = None
    trouble: str | None = None


@dataclass(slots=True)
class Outcome:
    """What one half day has shown, not yet written.

    Attributes:
        state: what is to be remembered.
        health: what hindered the camera.
        composites: one for each light that had enough frames, in the order compared.
        uses: what became of each frame that was looked at, by its id.
    """

    state: SiteState
    health: HealthLog
    composites: list[Composite] = field(default_factory=list)
    uses: dict[str, Use] = field(default_factory=dict)


def put_together(known: Known, slot: Slot, site: Site, pictures: Pictures) -> Outcome:
    """Look at the frames of a slot, compose what has enough of them, and compare it.

    Args:
        known: the camera.
        slot: which half day; it is over.
        site: the camera with its approved baselines.
        pictures: reads pictures.

    Raises:
        ObjectStoreError: the store does not answer.
    """
    held = {one.frame.id: one for one in known.frames}
    outcome = Outcome(known.state, known.health)
    rhythm = site.settings.rhythm
    chosen = thinned(slot.frames, LOOKED_AT * rhythm.most_frames)
    usable: dict[LightMode, list[Frame]] = {}
    for waiting in slot.frames:  # those that nobody looks at are put together with the others
        outcome.uses[waiting.frame_id] = Use(FrameUse.COMPOSED)
    for waiting in chosen:
        frame = pictures.frame(held[waiting.frame_id])
        if frame is None:
            outcome.uses[waiting.frame_id] = Use(FrameUse.REFUSED, trouble="unreadable")
            continue
        seen = site.look(frame)
        outcome.health = outcome.health.observe(seen.ref, seen.trouble, seen.shift_px)
        if seen.usable is not None and seen.mode is not None:
            usable.setdefault(seen.mode, []).append(seen.usable)
            outcome.uses[waiting.frame_id] = Use(FrameUse.KEPT, seen.mode)
        else:
            trouble = seen.trouble or NO_BASELINE
            outcome.uses[waiting.frame_id] = Use(FrameUse.REFUSED, seen.mode, trouble)
    kept = _kept(known)
    _expire(kept, slot, timedelta(days=rhythm.reach_days), outcome)
    for mode in sorted(usable):
        earlier = kept.get(mode, [])
        refs = [*(pictures.ref(one) for one in earlier), *(frame.ref for frame in usable[mode])]
        window = next(one for one in plan_windows(refs, rhythm) if one.end == slot.end)
        taken = outcome.state.taken.get(mode)
        if len(window.frames) < rhythm.least_frames or (taken is not None and taken >= slot.end):
            continue
        frames = _frames(window, usable[mode], earlier, site, pictures)
        composite = site.compose(mode, slot.end, frames)
        sighted = site.compare(composite)
        outcome.state = site.observe(outcome.state, composite, sighted, known.zones)
        outcome.composites.append(composite)
        used = {ref.name for ref in window.frames} | {frame.ref.name for frame in usable[mode]}
        for frame_id in used:
            outcome.uses[frame_id] = Use(FrameUse.COMPOSED, mode)
    return outcome


def _kept(known: Known) -> dict[LightMode, list[Held]]:
    kept: dict[LightMode, list[Held]] = {}
    for one in known.frames:
        if one.row.use is FrameUse.KEPT and one.row.light in ("day", "night"):
            kept.setdefault("day" if one.row.light == "day" else "night", []).append(one)
    return kept


def _expire(
    kept: Mapping[LightMode, list[Held]], slot: Slot, reach: timedelta, outcome: Outcome
) -> None:
    """Let go of frames that no composite will reach back to."""
    for held in kept.values():
        for one in [one for one in held if one.frame.captured_at < slot.end - reach]:
            held.remove(one)
            outcome.uses[one.frame.id] = Use(FrameUse.EXPIRED, one.row.light)


def _frames(
    window: Window,
    usable: Sequence[Frame],
    earlier: Sequence[Held],
    site: Site,
    pictures: Pictures,
) -> list[Frame]:
    """Return the aligned frames of a window; earlier ones are laid over the baseline again."""
    named = {frame.ref.name: frame for frame in usable}
    wanted = {ref.name for ref in window.frames}
    for one in earlier:
        if one.frame.id in wanted:
            frame = pictures.frame(one)
            again = site.look(frame).usable if frame is not None else None
            if again is not None:
                named[one.frame.id] = again
    return [named[ref.name] for ref in window.frames if ref.name in named]
