"""What can go wrong beside the cameras.

GatewayError
├── ManifestInvalid     the list of frames cannot be read
├── QueueFull           the disk queue has no room for another frame
├── QueueInUse          another process uses the disk queue
└── PostError           the service did not take a frame
    ├── Unreachable     no answer: try again later
    ├── Busy            429 or 503: try again after `retry_after_s`
    └── Refused         any other 4xx: trying again cannot help
"""


class GatewayError(Exception):
    """The root of the gateway's errors.

    Args:
        message: what is wrong.
        hint: how to mend it.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class ManifestInvalid(GatewayError):
    """A row of a frames list is missing something or makes no sense."""


class QueueFull(GatewayError):
    """The disk queue is at its bound."""


class QueueInUse(GatewayError):
    """Another process uses the folder of the disk queue."""


class PostError(GatewayError):
    """The service did not take a frame."""


class Unreachable(PostError):
    """No answer came."""


class Busy(PostError):
    """The service asks to wait.

    Args:
        message: the problem's detail.
        retry_after_s: seconds to wait, as the service told; None when it did not.
    """

    def __init__(self, message: str, retry_after_s: float | None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Refused(PostError):
    """The service will never take this frame as it is.

    Args:
        message: the problem's detail.
        status: the HTTP status.
        problem_type: the problem's `type` (RFC 9457).
    """

    def __init__(self, message: str, status: int, problem_type: str) -> None:
        super().__init__(message)
        self.status = status
        self.problem_type = problem_type
