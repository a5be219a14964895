"""What can go wrong beside the cameras.

GatewayError
├── ConfigInvalid       the configuration cannot be used
├── ManifestInvalid     the list of frames cannot be read
├── SettingInvalid      an address, token, certificate or limit makes no sense
├── QueueFull           the disk queue has no room for another frame
├── QueueInUse          another process uses the disk queue
├── KeyWrong            what waits was sealed with another key, or the key is none
├── RecordDamaged       a file of the disk queue is not what was written
├── SourceError         a camera gives no pictures now: try again
│   ├── SourceFrozen    it is connected but shows the same or nothing
│   └── SourceRefused   nor will it soon: a wrong password, path or device
└── ServiceError        speaking to the service failed; what was to be posted is still yours
    ├── Unreachable     no answer, or half of one: perhaps it was taken, so post it again
    │   └── NotTheService   something else answered: a sign-in page, a proxy, another program
    ├── Busy            408, 429, 503: post it again after `retry_after_s`
    ├── Failed          another 5xx, or an upload that broke off: post it again
    └── Refusal         trying again cannot help
        ├── Unauthorised    401, 403: the token is not good; keep everything and tell a person
        └── Refused         another 4xx: this one will never be taken as it is
"""

from collections.abc import Sequence
from dataclasses import dataclass


class GatewayError(Exception):
    """The root of the gateway's errors.

    Args:
        message: what is wrong.
        hint: how to mend it.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class ConfigInvalid(GatewayError):
    """The configuration says what cannot be done; each mistake is told with its line."""


class ManifestInvalid(GatewayError):
    """A row of a frames list is missing something or makes no sense."""


class SettingInvalid(GatewayError):
    """A setting makes no sense; nothing was sent."""


class QueueFull(GatewayError):
    """The disk queue is at its bound."""


class QueueInUse(GatewayError):
    """Another process uses the folder of the disk queue."""


class KeyWrong(GatewayError):
    """What waits in the disk queue was sealed with another key, or the key is none."""


class RecordDamaged(GatewayError):
    """A file of the disk queue is not what was written."""


class SourceError(GatewayError):
    """A camera or its stream gives no pictures now."""


class SourceFrozen(SourceError):
    """A camera is connected but sends the very same picture, or nothing."""


class SourceRefused(SourceError):
    """A camera will give no pictures until a person changes something."""


class ServiceError(GatewayError):
    """The service did not do what it was asked."""


class Unreachable(ServiceError):
    """No answer came, or not the whole of one; the service may or may not have done it."""


class NotTheService(Unreachable):
    """The answer is none that the service gives."""


class Busy(ServiceError):
    """The service asks to wait.

    Args:
        message: the problem's detail.
        retry_after_s: seconds to wait, as the service told, at most an hour; None when it did not.
    """

    def __init__(self, message: str, retry_after_s: float | None) -> None:
        super().__init__(message, hint="wait, and post it again")
        self.retry_after_s = retry_after_s


class Failed(ServiceError):
    """The service could not finish it, and did nothing."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One value that the service does not take.

    Args:
        location: its name.
        message: what is wrong with it.
    """

    location: str
    message: str


class Refusal(ServiceError):
    """The service understood, and will not do it.

    Args:
        message: the problem's detail.
        status: the HTTP status.
        problem_type: the problem's `type` (RFC 9457), `urn:xunjian:problem:CODE`.
        errors: the values that are wrong, where the service names them.
        hint: how to mend it.
    """

    def __init__(
        self,
        message: str,
        status: int,
        problem_type: str,
        errors: Sequence[FieldError] = (),
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.status = status
        self.problem_type = problem_type
        self.errors = tuple(errors)

    @property
    def code(self) -> str:
        """Return the problem's stable name, the last part of its `type`."""
        return self.problem_type.rpartition(":")[2]


class Unauthorised(Refusal):
    """The token is not known, has ended, or may not do this; nothing would be taken."""


class Refused(Refusal):
    """The service will never take this as it is."""
