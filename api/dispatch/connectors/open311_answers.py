"""What GeoReport servers answer, in XML or in JSON.

Sources: https://wiki.open311.org/GeoReport_v2 (responses), and for updates
https://github.com/mysociety/fixmystreet/wiki/Open311-FMS---Proposed-differences-to-Open311.
"""

from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter
from pydantic import ValidationError as Invalid

from api.dispatch.connectors.wire import Reply, parsed
from api.open311.spark import Format, read

T = TypeVar("T")
# Some servers write numbers where the specification has text.
_LENIENT = ConfigDict(coerce_numbers_to_str=True)


class _Answer(BaseModel):
    model_config = _LENIENT


_Name = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]


def _where_it_is(adapter: TypeAdapter[T]) -> BeforeValidator:
    """Return what takes a value that is wrong for none: it must not hide a whole list."""

    def value_or_none(value: Any) -> T | None:
        try:
            return adapter.validate_python(value)
        except Invalid:
            return None

    return BeforeValidator(value_or_none)


_Moment = Annotated[datetime | None, _where_it_is(TypeAdapter(AwareDatetime))]
_NameWhereItIs = Annotated[
    str | None, _where_it_is(TypeAdapter(Annotated[_Name, Field(min_length=1)], config=_LENIENT))
]


class Created(_Answer):
    """An answer to a POST, or to a question for the number behind a token."""

    service_request_id: _Name | None = None
    token: _Name | None = None


class Request(_Answer):
    """A service request as a department lists it."""

    service_request_id: _Name
    status: _Name
    status_notes: str | None = None
    extended_status: _Name | None = None
    description: str | None = None
    attributes: Any = None
    updated_datetime: _Moment = None


class Update(_Answer):
    """Something that a department says of a service request.

    Without the names of the update and of its request nobody can tell what it is of.
    """

    update_id: _NameWhereItIs = None
    service_request_id: _NameWhereItIs = None
    status: _NameWhereItIs = None
    description: str | None = None
    updated_datetime: _Moment = None


class Service(_Answer):
    """A service that a department offers; `type` is realtime, batch or blackbox."""

    service_code: str
    service_name: str | None = None
    metadata: bool = False
    type: str | None = None


class Choice(_Answer):
    """A value that an attribute may have."""

    key: str
    name: str | None = None


class Attribute(_Answer):
    """A question that a department asks about requests of a service.

    `variable` is False for what is only shown to people.
    """

    code: str
    variable: bool = True
    required: bool = False
    datatype: str | None = None
    description: str | None = None
    values: list[Choice] | None = None


class Definition(_Answer):
    """The attributes of a service."""

    service_code: str | None = None
    attributes: list[Attribute] = Field(default_factory=list)


CREATED = TypeAdapter(list[Created])
REQUESTS = TypeAdapter(list[Request])
UPDATES = TypeAdapter(list[Update])
SERVICES = TypeAdapter(list[Service])
DEFINITION = TypeAdapter(Definition)


def answered(reply: Reply, answer_format: Format, adapter: TypeAdapter[T]) -> T:
    """Return what a department's answer says.

    Raises:
        DeliveryFailed: it cannot be read, so that nobody knows whether the request was taken.
    """
    return parsed(reply, lambda body: adapter.validate_python(read(answer_format, body)))
