"""A fixed camera over weeks: what it sees at any time, and what was built there when."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from datasets.synthesis.sites.lens import Lens
from datasets.synthesis.sites.light import Sky
from datasets.synthesis.sites.pair import passing
from datasets.synthesis.sites.still import Item, Placed, Still, chosen_structures, room_for, still
from datasets.synthesis.sites.structures import STRUCTURES
from datasets.synthesis.sites.world import FIRST_FREE
from datasets.synthesis.types import Image

START = date(2026, 3, 2)
"""The first day of every site."""

_SUNRISE_H, _SUNSET_H = 6.5, 18.2
_DEMO_SEED, _DEMO_CANDIDATE = 58, 7
_TRIES, _OTHER_PLACE, _LEAST_SHARE = 6, 1 << 20, 0.004
_LEVELS = 6
"""How many states of building there are."""


@dataclass(frozen=True)
class Built:
    """A structure and its days.

    Attributes:
        number: Its number among the site's candidates.
        placed: It in its place.
        first_day: When work begins; `None` if it stood there before.
        complete_day: When it is complete.
        demolished_day: When it is gone; None if it stays.
    """

    number: int
    placed: Placed
    first_day: date | None
    complete_day: date | None
    demolished_day: date | None

    def stage(self, when: datetime) -> float:
        """How far it is built at a time: 0 nothing, 1 complete, in steps."""
        if self.demolished_day is not None and when.date() >= self.demolished_day:
            return 0.0
        if self.first_day is None or self.complete_day is None:
            return 1.0
        begin = datetime.combine(self.first_day, datetime.min.time(), UTC) + timedelta(hours=7)
        if when < begin:
            return 0.0
        whole = (self.complete_day - self.first_day).days
        gone = (when - begin) / timedelta(days=whole) if whole else 1.0
        return min(1.0, max(1, int(np.ceil((0.12 + 0.88 * gone) * _LEVELS))) / _LEVELS)


@dataclass(frozen=True)
class SiteWishes:
    """What a site should hold; what is None is drawn.

    Attributes:
        size: Width, height in pixels.
        days: How many days it is watched.
        quiet_days: Days at the beginning on which nothing is built.
        built: How many structures are built.
        demolished: How many that stood there are demolished.
        photos: Labelled photographs of facades.
    """

    size: tuple[int, int] = (640, 360)
    days: int = 30
    quiet_days: int = 3
    built: int | None = None
    demolished: int | None = None
    photos: tuple[Path, ...] = field(default_factory=tuple)


@dataclass(frozen=True)
class Site:
    """A fixed camera, what it sees, and the truth of it.

    Attributes:
        seed: Where it was drawn from.
        place: What stands still.
        truth: What is built or demolished.
        staying: What stands there all the time, of the same kinds.
        infrared: Whether the camera's own lamp lights the night.
        lens: The camera's lasting faults.
    """

    seed: int
    place: Still
    truth: tuple[Built, ...]
    staying: tuple[Built, ...]
    infrared: bool
    lens: Lens

    def frame(self, when: datetime) -> Image:
        """The picture at a time; the same time gives the same picture.

        Args:
            when: Time of day at the site, marked as UTC.

        Returns:
            uint8 (H, W, 3) BGR.
        """
        minute = int(when.timestamp()) // 60
        rng = np.random.default_rng([self.seed, minute, 0xF2A3])
        items = self._standing(when)
        hour = when.hour + when.minute / 60
        items += [(item, FIRST_FREE) for item in self._parked(when)]
        items += [
            (item, FIRST_FREE) for item in passing(rng, self.place, staying=False, parked=False)
        ]
        sky = self._sky(when, rng)
        last = len(self.place.suns) - 1
        sun = (hour - _SUNRISE_H) / (_SUNSET_H - _SUNRISE_H) * last
        picture, _ = self.place.show(items, sky, [int(np.clip(round(sun), 0, last))])
        return self._lens(sky, rng).photograph(picture, rng)

    def mask(self, one: Built) -> Image:
        """uint8 (H, W), 255 where a structure is seen when complete."""
        item = self._item(one, 1.0)
        sky = Sky(sunshine=0.0, ambient=0.8)
        _, canvas = self.place.show([(item, FIRST_FREE + 1)], sky, [])
        return one.placed.extent(canvas, FIRST_FREE + 1, 1.0)

    @cached_property
    def description(self) -> dict[str, Any]:
        """The truth as it is written: see `docs/synthesis.md`."""
        return {
            "seed": self.seed,
            "width": self.place.view.width,
            "height": self.place.view.height,
            "structures": [self._described(one) for one in self.truth],
        }

    def _described(self, one: Built) -> dict[str, Any]:
        mask = self.mask(one)
        outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        left, top, wide, tall = cv2.boundingRect(mask)
        return {
            "type": STRUCTURES[one.placed.structure.kind].name,
            "plane": one.placed.slot.plane,
            "box": [left, top, left + wide, top + tall],
            "polygons": [outline[:, 0].tolist() for outline in outlines if len(outline) > 2],
            "first_day": None if one.first_day is None else one.first_day.isoformat(),
            "complete_day": None if one.complete_day is None else one.complete_day.isoformat(),
            "demolished_day": None
            if one.demolished_day is None
            else one.demolished_day.isoformat(),
        }

    def _item(self, one: Built, stage: float) -> Item:
        return self.place.item((one.number, stage), partial(one.placed.patches, stage))

    def _standing(self, when: datetime) -> list[tuple[Item, int]]:
        return [
            (self._item(one, stage), FIRST_FREE + 1 + number)
            for number, one in enumerate(self.truth + self.staying)
            if (stage := one.stage(when)) > 0
        ]

    def _parked(self, when: datetime) -> list[Item]:
        """Vehicles that stay for hours, and some for days."""
        day, found = when.toordinal(), []
        for spot in range(len(self.place.world.parking)):
            lasting = np.random.default_rng([self.seed, spot, 0x9A2]).choice([1, 1, 4, 12])
            period = [self.seed, spot, day // int(lasting), when.hour // 5 if lasting == 1 else 0]
            rng = np.random.default_rng(period)
            if rng.random() < 0.6:
                found.append(self.place.parked(spot, int(rng.integers(4))))
        return found

    def _sky(self, when: datetime, rng: np.random.Generator) -> Sky:
        day = np.random.default_rng([self.seed, when.toordinal(), 0x54F])
        overcast, haze = day.random() < 0.4, float(np.exp(day.uniform(np.log(150), np.log(3000))))
        wet = float(day.uniform(0.4, 1)) if overcast and day.random() < 0.35 else 0.0
        hour = when.hour + when.minute / 60
        high = np.sin(np.pi * np.clip((hour - _SUNRISE_H) / (_SUNSET_H - _SUNRISE_H), 0, 1))
        if high <= 0.02:
            if self.infrared:
                return Sky(sunshine=0.0, ambient=0.02, infrared=160.0, haze_m=haze)
            return Sky(
                sunshine=0.0, ambient=0.06, lamps=self.place.lamps()[:6], wet=wet, haze_m=haze
            )
        cloud = 0.0 if overcast else float(np.clip(rng.normal(0.85, 0.25), 0, 1.1))
        return Sky(
            sunshine=cloud * float(high) ** 0.5 * 0.9,
            ambient=float((0.75 if cloud < 0.1 else 0.42) * (0.35 + 0.65 * high**0.5)),
            warmth=float(0.8 * (1 - high) ** 2 + rng.normal(0, 0.1)),
            haze_m=haze,
            wet=wet,
        )

    def _lens(self, sky: Sky, rng: np.random.Generator) -> Lens:
        lens = self.lens
        gain = 1.0 if sky.dark else float((sky.ambient + 0.45 * sky.sunshine) ** -0.25 * 0.92)
        return Lens(
            shift=tuple(rng.normal(0, 0.5, 2).tolist()),
            blur_px=lens.blur_px,
            gain=lens.gain * gain * float(np.exp(rng.normal(0, 0.03))),
            contrast=lens.contrast,
            cast=lens.cast,
            noise=lens.noise * (2.2 if sky.dark else 1.0),
            quality=lens.quality,
            dirt=lens.dirt,
            drops=int(rng.integers(1, 9)) if sky.wet and rng.random() < 0.4 else 0,
        )


def draw_site(seed: int, wishes: SiteWishes | None = None) -> Site:
    """Draw a site; the same seed and wishes give the same site.

    Args:
        seed: At least 0.
        wishes: What it should hold.
    """
    wishes = wishes or SiteWishes()
    rng = np.random.default_rng([seed, 0x517E])
    built = int(rng.integers(1, 3)) if wishes.built is None else wishes.built
    gone = int(rng.random() < 0.3) if wishes.demolished is None else wishes.demolished
    for attempt in range(_TRIES):
        place = still(seed + attempt * _OTHER_PLACE, wishes.size, wishes.photos)
        found = chosen_structures(rng, place, built + gone + int(rng.integers(0, 3)), _LEAST_SHARE)
        if len(found) >= built + gone:
            break
    truth, staying = [], []
    for index, (number, one) in enumerate(found):
        if index < built:
            truth.append(_dated(rng, number, one, wishes))
        elif index < built + gone:
            last = int(rng.integers(wishes.quiet_days, max(wishes.quiet_days + 1, wishes.days - 5)))
            truth.append(Built(number, one, None, None, START + timedelta(days=last)))
        else:
            staying.append(Built(number, one, None, None, None))
    lens = Lens(
        blur_px=float(rng.uniform(0.4, 0.9)),
        gain=float(rng.uniform(0.92, 1.08)),
        contrast=float(rng.uniform(0.92, 1.08)),
        cast=tuple(np.exp(rng.normal(0, 0.02, 3)).tolist()),
        noise=float(rng.uniform(0.8, 3)),
        quality=int(rng.integers(60, 92)),
        dirt=int(rng.integers(1, 1 << 30)) if rng.random() < 0.1 else 0,
    )
    return Site(seed, place, tuple(truth), tuple(staying), bool(rng.random() < 0.5), lens)


def _dated(rng: np.random.Generator, number: int, one: Placed, wishes: SiteWishes) -> Built:
    latest = max(wishes.quiet_days + 1, wishes.days - 8)
    first = START + timedelta(days=int(rng.integers(wishes.quiet_days, latest)))
    complete = first + timedelta(days=int(rng.integers(1, 6)))
    return Built(number, one, first, complete, None)


def demo_site() -> Site:
    """The site of the demonstration: from the third day on a steel shed stands there."""
    place = still(_DEMO_SEED, (640, 360))
    shed = room_for(place, _DEMO_CANDIDATE)
    if shed is None:
        raise RuntimeError("the demonstration's shed finds no room")
    first = START + timedelta(days=2)
    built = Built(_DEMO_CANDIDATE, shed, first, first, None)
    return Site(_DEMO_SEED, place, (built,), (), False, Lens(blur_px=0.5, noise=1.2, quality=85))
