"""What can go wrong between bytes and detections.

XunjianError
└── InferenceError
    ├── PictureError
    │   ├── PictureUnsupported
    │   ├── PictureMislabelled
    │   ├── PictureTruncated
    │   ├── PictureCorrupt
    │   └── PictureTooLarge
    ├── ClipError
    │   ├── ClipUnsupported
    │   ├── ClipTruncated
    │   ├── ClipCorrupt
    │   ├── ClipTooLarge
    │   ├── ClipTooLong
    │   ├── ClipTooSlow
    │   └── ClipCrashed
    ├── ViewInvalid
    ├── InspectionUnknown
    ├── ProviderUnavailable
    ├── PoolFull
    ├── PoolClosed
    └── GoldenMismatch
"""

from models.errors import XunjianError


class InferenceError(XunjianError):
    """Root of the errors of `inference`."""


class PictureError(InferenceError):
    """The bytes are not a picture that can be inspected; sending them again will not help."""


class PictureUnsupported(PictureError):
    """Not a still JPEG, PNG or WebP picture."""


class PictureMislabelled(PictureError):
    """The declared content type is not what the bytes are."""


class PictureTruncated(PictureError):
    """The picture ends before its last pixel."""


class PictureCorrupt(PictureError):
    """The picture's data contradict its format."""


class PictureTooLarge(PictureError):
    """More bytes or more pixels than the limits allow."""


class ClipError(InferenceError):
    """The bytes are not a clip that can be inspected; sending them again will not help."""


class ClipUnsupported(ClipError):
    """Not a container or codec that is accepted, or without any video."""


class ClipTruncated(ClipError):
    """The clip ends before its last frame."""


class ClipCorrupt(ClipError):
    """The clip's data contradict its format."""


class ClipTooLarge(ClipError):
    """More bytes, or more pixels in a frame, than the limits allow."""


class ClipTooLong(ClipError):
    """More seconds or more frames than the limits allow."""


class ClipTooSlow(ClipError):
    """Decoding took more time than the limits allow."""


class ClipCrashed(ClipError):
    """The process that inspected the clip died of it."""


class ViewInvalid(InferenceError):
    """A file that says what a camera sees of a building cannot be used."""


class InspectionUnknown(InferenceError):
    """No inspection of that name."""


class ProviderUnavailable(InferenceError):
    """The execution provider asked for did not load; nothing else was tried in its place."""


class PoolFull(InferenceError):
    """The queue before the workers is full.

    Attributes:
        retry_after_s: Seconds until a place is likely to be free.
    """

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class PoolClosed(InferenceError):
    """The pool is shutting down and takes no more work."""


class GoldenMismatch(InferenceError):
    """The model does not give the known answer on its golden picture."""
