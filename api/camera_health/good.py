"""The last good picture of a camera: what a trouble is shown beside, and a fixed one held against.

It lies hours back, and the next one takes its place only while the camera is well and still shows
the same: what creeps over days is the golden picture's to tell.
"""

from datetime import timedelta

from sqlalchemy import select

from api.camera_health.golden import comparison, decoded
from api.camera_health.judging import is_well
from api.camera_health.models import CameraTrouble, GoodPicture
from api.cameras.models import Camera, CameraKind, CameraPicture
from api.database import Database
from api.sites.cameras import watches

RENEWED_AFTER = timedelta(hours=6)
_IN_OTHER_LIGHT = timedelta(days=2)


def keep_good(database: Database, camera: Camera) -> None:
    """Compare a fixed camera's newest picture with its last good one, or let it take its place.

    Args:
        database: where both are.
        camera: any; one that films buildings only, or has sent no picture, stays as it is.
    """
    with database.read() as session:
        newest = session.get(CameraPicture, camera.id)
        good = session.get(GoodPicture, camera.id)
        if newest is None or (good is not None and good.compared_at == newest.captured_at):
            return
        well = is_well(session, camera)
        lasting = session.scalar(
            select(CameraTrouble.id)
            .where(CameraTrouble.camera_id == camera.id, CameraTrouble.lasting)
            .limit(1)
        )
        pictures = (good.picture, newest.picture) if good is not None else None
        taken = newest.captured_at, newest.width, newest.height, newest.picture
    compares = camera.kind is not CameraKind.BUS and not watches(camera)
    said = comparison(*map(decoded, pictures)) if pictures and compares else None
    with database.write() as session:
        good = session.get(GoodPicture, camera.id, with_for_update=True)
        if good is None:
            if well and lasting is None:
                captured_at, width, height, picture = taken
                session.add(
                    GoodPicture(
                        camera_id=camera.id,
                        captured_at=captured_at,
                        width=width,
                        height=height,
                        picture=picture,
                    )
                )
            return
        good.compared_at = taken[0]
        if said is not None:
            good.other_light, good.shift_px = said.other_light, said.shift_px
            good.in_a_row = 0 if said.trouble is None else good.in_a_row + 1
            good.trouble = said.trouble
        age = taken[0] - good.captured_at
        due = age >= (_IN_OTHER_LIGHT if said and said.other_light else RENEWED_AFTER)
        if due and well and lasting is None and good.trouble is None:
            good.captured_at, good.width, good.height, good.picture = taken
