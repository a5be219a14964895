"""The pass that a frame belongs to: what it has seen around here, joined and written."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from api.cameras.models import Camera
from api.database import new_id
from api.findings.association import MapLook
from api.findings.locks import map_cell
from api.findings.models import FindingDetection, Look
from api.findings.poses import positions_of_pass
from api.findings.projection import Pose
from api.findings.surroundings import Surroundings, read_sightings, sighting_of
from api.findings.tracking import Track, tracks
from api.frames.models import Detection, Frame
from inference.inspections import Inspection


@dataclass(frozen=True, slots=True)
class Pass:
    """One frame that is gathered, with the part of its pass that is around here.

    Attributes:
        frame: the frame.
        camera: what took it.
        inspection: what looked at it.
        pose: where the camera was.
        around: the map.
    """

    frame: Frame
    camera: Camera
    inspection: Inspection | type[Inspection]
    pose: Pose
    around: Surroundings

    @property
    def earlier(self) -> list[Look]:
        """The looks of this pass so far."""
        return [self.around.looks[key] for key in self.around.current]

    @property
    def key(self) -> str:
        """What all looks of this pass share: that of its first look, or a new one."""
        first = min(self.earlier, key=lambda look: (look.first_at, look.id), default=None)
        return first.pass_key if first else f"{self.camera.id}/{self.frame.id}"

    @property
    def gps_sd_m(self) -> float:
        """Standard deviation of the position that the whole pass shares, each axis, metres."""
        return max([self.pose.gps_sd_m, *(look.gps_sd_m for look in self.earlier)])

    def map_looks(self, tracked: "Tracked") -> list[MapLook]:
        """Return what this pass has seen, to be laid on the map."""
        return [
            MapLook(
                key=key,
                pass_key=self.key,
                group=track.surest.class_group,
                mean=track.mean,
                covariance=track.covariance,
                gps_sd_m=self.gps_sd_m,
                heading_deg=self.pose.heading_deg,
                same_within_m=track.surest.same_within_m,
                at_s=track.first_at_s,
                finding=row.finding_id if (row := self.around.looks.get(key)) else None,
                pinned=track.fixed is not None,
            )
            for key, track in tracked.tracks.items()
        ]


@dataclass(frozen=True, slots=True)
class Tracked:
    """The sightings of a pass, grouped by what they show.

    Attributes:
        tracks: by the id of the look that each is or will be.
        look_of: the look that each earlier detection was in, by the detection's id.
    """

    tracks: dict[str, Track]
    look_of: dict[str, str]


def track_pass(
    session: Session,
    this: Pass,
    detections: Iterable[Detection],
    links: Mapping[str, FindingDetection],
) -> Tracked:
    """Join the detections of a frame with what its pass has seen before and after it.

    Args:
        session: the open transaction.
        this: the pass.
        detections: of the frame.
        links: of those that have a place, by their ids.
    """
    times = [(look.first_at, look.last_at) for look in this.earlier]
    at = this.frame.captured_at
    positions = positions_of_pass(
        session,
        camera_id=this.camera.id,
        since=min([at, *(first for first, _ in times)]),
        until=max([at, *(last for _, last in times)]),
        plane=this.around.plane,
    )
    sightings, look_of = read_sightings(session, this.around, positions)
    here = positions.get(this.frame.id, (0.0, 0.0))
    sightings += [
        sighting_of(detection, links[detection.id], at, here)
        for detection in detections
        if detection.id in links
    ]
    named: dict[str, Track] = {}
    for track in sorted(tracks(sightings), key=lambda track: -len(track.sightings)):
        before = Counter(
            look_of[one.detection_id] for one in track.sightings if one.detection_id in look_of
        )
        free = (key for key, _ in before.most_common() if key not in named)
        named[track.fixed or next(free, None) or new_id()] = track
    return Tracked(named, look_of)


@dataclass(frozen=True, slots=True)
class Changes:
    """What gathering a frame changed.

    Attributes:
        touched: ids of the findings that have other looks now.
        went_to: for a finding that lost looks, the finding that got the last of them.
        looks: everything that is on the map now.
    """

    touched: set[str] = field(default_factory=set)
    went_to: dict[str, str] = field(default_factory=dict)
    looks: list[Look] = field(default_factory=list)

    def moved(self, before: str, after: str) -> None:
        """Note that a look was given to another finding."""
        if before != after:
            self.touched.update((before, after))
            self.went_to[before] = after


def write_looks(
    session: Session,
    this: Pass,
    tracked: Tracked,
    looks: Sequence[MapLook],
    links: Mapping[str, FindingDetection],
) -> Changes:
    """Write what the pass has seen, and which finding every look around here is a look at.

    Args:
        session: the open transaction; the findings are written.
        this: the pass.
        tracked: what it has seen.
        looks: everything on the map, each with the id of its finding.
        links: of the frame's detections; completed and added.
    """
    changes = Changes()
    finding_of = {look.key: str(look.finding) for look in looks}
    rows = this.around.looks
    for key, row in rows.items():
        if key in finding_of and row.finding_id != finding_of[key]:
            changes.moved(row.finding_id, finding_of[key])
            row.finding_id = finding_of[key]
            session.execute(
                update(FindingDetection)
                .where(FindingDetection.look_id == key)
                .values(finding_id=finding_of[key])
            )
    changes.looks.extend(
        _write_look(session, this, rows.get(key), key, track, finding_of[key])
        for key, track in tracked.tracks.items()
    )
    session.flush()
    heirs: dict[str, str] = {}
    for key, track in tracked.tracks.items():
        for sighting in track.sightings:
            detection_id = sighting.detection_id
            before = tracked.look_of.get(detection_id)
            if before is None:
                link = links[detection_id]
                link.look_id, link.finding_id = key, finding_of[key]
                session.add(link)
                changes.touched.add(finding_of[key])
            elif before != key:
                session.execute(
                    update(FindingDetection)
                    .where(FindingDetection.detection_id == detection_id)
                    .values(look_id=key, finding_id=finding_of[key])
                )
                changes.touched.add(finding_of[key])
                if before not in tracked.tracks:
                    heirs[before] = key
    session.flush()
    changes.looks.extend(
        row for key, row in rows.items() if key not in tracked.tracks and key not in heirs
    )
    for gone, heir in heirs.items():
        changes.moved(rows[gone].finding_id, finding_of[heir])
        changes.touched.add(rows[gone].finding_id)
        session.execute(
            update(FindingDetection)
            .where(FindingDetection.look_id == gone)
            .values(look_id=heir, finding_id=finding_of[heir])
        )
        session.execute(delete(Look).where(Look.id == gone))
    return changes


def _write_look(
    session: Session, this: Pass, row: Look | None, key: str, track: Track, finding_id: str
) -> Look:
    first_at, last_at = _time(track.first_at_s), _time(track.last_at_s)
    frames = len({each.frame_id for each in track.sightings})
    if row is None:
        row = Look(
            id=key,
            finding_id=finding_id,
            inspection=this.inspection.name,
            class_group=track.surest.class_group,
            camera_id=this.camera.id,
            first_at=first_at,
            last_at=last_at,
            frames=frames,
        )
        session.add(row)
    # Of a look with very many sightings only the newest are in the track.
    row.first_at, row.last_at = min(row.first_at, first_at), max(row.last_at, last_at)
    row.frames = max(row.frames, frames)
    row.pass_key = this.key
    row.latitude, row.longitude = this.around.plane.to_wgs84(track.east_m, track.north_m)
    row.gps_sd_m = this.gps_sd_m
    row.var_east, row.var_east_north, row.var_north = track.surest.covariance
    row.heading_deg = this.pose.heading_deg
    row.size_m = track.surest.size_m
    best = min(track.sightings, key=lambda each: (-each.score, each.detection_id))
    row.score, row.best_detection_id = best.score, best.detection_id
    row.cell = map_cell(row.latitude, row.longitude)
    return row


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
