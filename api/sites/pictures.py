"""The pictures of what a half day has shown: composites, and before and after of each region."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.evidence.objects import ObjectStore
from api.sites.composing import Outcome
from inference.annotate import encode_jpeg
from inference.sites.composite import Composite
from inference.sites.evidence import draw_overlay
from inference.sites.light import LightMode
from inference.sites.persistence import SiteState, Track
from inference.sites.site import Site

JPEG = "image/jpeg"


@dataclass(frozen=True, slots=True)
class Shown:
    """The pictures of one region, by the keys of their objects.

    Attributes:
        before: the baseline.
        after: the composite that shows it.
        overlay: the composite with the region drawn in.
        light: of the composite.
    """

    before: str
    after: str
    overlay: str
    light: LightMode


@dataclass(frozen=True, slots=True)
class Pictured:
    """The pictures of what one half day has shown, kept in the object store.

    Attributes:
        composites: keys by light.
        regions: by number, of those that the half day shows.
    """

    composites: Mapping[LightMode, str]
    regions: Mapping[int, Shown]


def keep_pictures(outcome: Outcome, site: Site, objects: ObjectStore) -> Pictured:
    """Keep the pictures of what a half day has shown; made again they get the same keys.

    Raises:
        ObjectStoreError: they could not be kept.
    """
    composites: dict[LightMode, str] = {}
    regions: dict[int, Shown] = {}
    for composite in outcome.composites:
        after = objects.put(encode_jpeg(composite.image), JPEG)
        composites[composite.mode] = after
        tracks = [track for track in told(outcome.state) if is_shown(track, composite)]
        if not tracks:
            continue
        before = objects.put(encode_jpeg(site.baselines[composite.mode].image), JPEG)
        for track in tracks:
            overlay = objects.put(encode_jpeg(draw_overlay(composite.image, [track])), JPEG)
            regions[track.number] = Shown(before, after, overlay, composite.mode)
    return Pictured(composites, regions)


def told(state: SiteState) -> tuple[Track, ...]:
    """Return what is put on record: seen at least twice."""
    return (*state.events, *state.suppressed)


def is_shown(track: Track, composite: Composite) -> bool:
    """Say whether a composite shows a region."""
    return any(
        look.area is not None and (look.mode, look.end) == (composite.mode, composite.end)
        for look in track.looks
    )
