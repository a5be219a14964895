"""Video slices as clips."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from api.clips.headers import UploadHeaders
from api.clips.service import check_metadata
from api.clips.uploads import Uploads
from api.devices.service import KnownDevice
from api.viid.items import Taken, taken
from api.viid.reading import Fields

LIST_OF_SLICES = ("VideoSliceListObject", ("VideoSlice", "VideoSliceObject"))
# VideoFormatType, of what says more than "a video".
_TYPES = {"mp4": "video/mp4", "mov": "video/quicktime", "avi": "video/x-msvideo"}


@dataclass(frozen=True, slots=True)
class _Whole:
    data: bytes

    async def stream(self) -> AsyncIterator[bytes]:
        yield self.data


def read_slice(item: Fields, device: KnownDevice, zone: ZoneInfo) -> tuple[Taken, str]:
    """Read a video slice: `VideoSliceInfo` and `Data`.

    Args:
        item: the slice; the members of `VideoSliceInfo` may stand in it themselves.
        device: who sends it.
        zone: of the device's clock.

    Returns:
        The slice, and its media type.

    Raises:
        ItemRefused: it cannot be taken.
    """
    info = item.object("VideoSliceInfo") or item
    read = taken(info, device, zone, name="VideoID", time="BeginTime", data=item.data("Data"))
    format_name = (info.text("FileFormat") or "").lower()
    return read, _TYPES.get(format_name, "application/octet-stream")


async def take_slice(uploads: Uploads, clip: Taken, content_type: str) -> None:
    """Take a slice in as a clip; it is durable when this returns.

    Raises:
        ProblemError: it is not taken; its camera inspects no clips, for example.
    """
    check_metadata(clip.metadata)
    size = len(clip.data)
    whole = UploadHeaders(
        complete=True,
        offset=None,
        length=size,
        content_length=size,
        empty=False,
        content_digest=None,
        repr_digest=None,
    )
    with uploads.receiving(clip.target.gateway_id):
        await uploads.post(
            _Whole(clip.data),
            gateway_id=clip.target.gateway_id,
            metadata=clip.metadata,
            content_type=content_type,
            said=whole,
        )
