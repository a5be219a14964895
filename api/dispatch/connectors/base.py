"""What every connector is: a way to tell a department, and to hear what it answers."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from api.dispatch.connectors.manifest import Label, Manifest, StatusBy
from api.dispatch.connectors.wire import Wire, address_problem
from api.dispatch.datums import Datum
from api.dispatch.models import Doubt, MessageType

DATUM_LABEL = Label(zh="坐标系", en="Datum of positions")


class ConnectorSettings(BaseModel):
    """What an administrator sets for one destination; the form is made of this schema."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    datum: Datum = Field(
        default=Datum.WGS84, description="what latitude and longitude are sent in, and named as"
    )


S = TypeVar("S", bound=ConnectorSettings)


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or video that a department may fetch for a time."""

    url: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Sent:
    """The department has it.

    Attributes:
        external_id: its own number of it, where it gives one.
        external_token: what its number can be asked for with later.
    """

    external_id: str | None = None
    external_token: str | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message about to be sent.

    Attributes:
        id: the idempotency key: the same for every attempt.
        event_type: what it tells.
        case_id: the case.
        facts: what `payload.facts` said.
        media: links to pictures and videos, pictures first.
        created_at: when the message was made.
        started_at: when this attempt began.
        first_started_at: when the first attempt began.
        doubt: whether the department may have it already.
        source: our own address.
        callback_url: where the department may tell what it does, or None.
        known_as: what the department called the case when it was given it, or None.
    """

    id: str
    event_type: MessageType
    case_id: str
    facts: dict[str, Any]
    media: tuple[Media, ...]
    created_at: datetime
    started_at: datetime
    first_started_at: datetime
    doubt: Doubt
    source: str
    callback_url: str | None
    known_as: Sent | None


@dataclass(frozen=True, slots=True)
class Word:
    """What a department has left for us to collect.

    Attributes:
        id: its own name of it; it counts once.
        body: a status event, as departments call back with.
    """

    id: str
    body: bytes


class Mailbox(ABC):
    """A connector whose departments leave their words where we collect them."""

    @abstractmethod
    def collect(
        self, destination_id: str, wire: Wire, take: Callable[[Sequence[Word]], int]
    ) -> int:
        """Hand over what has been left, and remove what was taken.

        Args:
            destination_id: whose it is.
            wire: the line to it.
            take: stores words, all or none of them, and returns how many were new; a
                `ProblemError` says that they never can be stored.

        Returns:
            How many words were new.

        Raises:
            DeliveryFailed: the place where they are left is not reached.
        """


class Ledger(ABC):
    """A connector whose departments can be asked what they have been given."""

    @abstractmethod
    def listed(
        self,
        messages: Mapping[str, str | None],
        *,
        classes: Collection[str],
        since: datetime,
        until: datetime,
        wire: Wire,
    ) -> dict[str, set[str]]:
        """Return under which of its own numbers the department lists each of our messages.

        Args:
            messages: their ids, each with the department's number as far as we know it.
            classes: the classes of their findings.
            since: when the first of them could have arrived.
            until: when the last of them had arrived.
            wire: the line to the department.

        Raises:
            DeliveryFailed: the department does not answer, or its list is not complete.
        """


class Connector(ABC, Generic[S]):
    """One way to speak to departments. It holds no state: everything is in the database.

    Args:
        settings: this destination's.
        secret: this destination's, in clear, or None.
    """

    settings_model: ClassVar[type[ConnectorSettings]]
    carries: ClassVar[frozenset[MessageType]]
    manifest: ClassVar[Manifest]

    def __init__(self, settings: S, secret: str | None) -> None:
        self.settings = settings
        self.secret = secret

    @classmethod
    def carried(cls, settings: S) -> frozenset[MessageType]:  # noqa: ARG003 - a connector may ask
        """Return what a department with these settings is told of."""
        return cls.carries

    @classmethod
    def takes_callbacks(cls) -> bool:
        """Say whether a department calls back to tell what it does."""
        return cls.manifest.status_by == StatusBy.CALLBACK

    @classmethod
    def address_problem(cls, url: str) -> str | None:
        """Return what makes a URL unusable as the address of such a destination, or None."""
        return address_problem(url, cls.manifest.address.schemes)

    @property
    def asks_in_doubt(self) -> bool:
        """Whether a person must look whether a message arrived before it is sent again."""
        return False

    @abstractmethod
    def problems(self, classes: Collection[str]) -> list[str]:
        """Return what is wrong with the settings or the secret for these classes, or nothing."""

    @abstractmethod
    def send(self, outgoing: Outgoing, wire: Wire) -> Sent:
        """Make one attempt.

        Raises:
            DeliveryFailed: the department has not said that it took it.
        """

    @abstractmethod
    def check(self, destination_id: str, source: str, wire: Wire) -> str:
        """Try the connection without sending a case; return what was found, for people.

        Raises:
            DeliveryFailed: it does not work.
        """
