"""Open311 GeoReport v2, the client's side, in JSON.

Source: https://wiki.open311.org/GeoReport_v2 (POST service request, GET service request id from a
token, GET service requests).

GeoReport has no idempotency key. What happens after an attempt that the department may have taken
is set per destination: see `AfterDoubt`.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.dispatch.connectors.base import (
    DATUM_LABEL,
    Connector,
    ConnectorSettings,
    Outgoing,
    Sent,
)
from api.dispatch.connectors.manifest import (
    Address,
    Label,
    Manifest,
    Secret,
    SecretNeed,
    StatusBy,
)
from api.dispatch.connectors.wire import WEB_SCHEMES, DeliveryFailed, Wire, parsed
from api.dispatch.datums import located
from api.dispatch.models import Doubt, MessageType
from api.dispatch.statuses import Status

# A search must not run while the attempt it is to find may still be at work over there.
_SETTLE_S = 60.0
_CLOCKS_DIFFER = timedelta(minutes=10)
_NOTES = 2000
_LIST_CAP = 1000  # "Default query limit is … first 1000 requests returned"


class AfterDoubt(StrEnum):
    """What to do when the department may have taken a request without our hearing of it.

    `ask`: never post again by itself; a person looks, then sends or enters `delivered`.
    `search`: look for our reference in the department's list of requests first, and post again
    only when it is not there. Safe with a department that lists a request as soon as it has it.
    `resend`: post again; for a department that knows `attribute[idempotency_key]`.
    """

    ASK = "ask"
    SEARCH = "search"
    RESEND = "resend"


class Open311Settings(ConnectorSettings):
    """How one department's GeoReport server is spoken to."""

    service_codes: dict[str, str] = Field(
        default_factory=dict,
        description="class name to the department's service_code; the class name when absent",
    )
    jurisdiction_id: Annotated[str | None, Field(max_length=200)] = None
    after_doubt: AfterDoubt = AfterDoubt.ASK
    statuses: dict[str, Status] = Field(
        default_factory=lambda: {"closed": Status.DONE},
        description="the department's word, also an extended status, to ours",
    )


class _Answer(BaseModel):
    # Some servers write numbers where the specification has text.
    model_config = ConfigDict(coerce_numbers_to_str=True)


_Name = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]


class _Created(_Answer):
    service_request_id: _Name | None = None
    token: _Name | None = None


class _Request(_Answer):
    service_request_id: _Name
    status: _Name
    status_notes: str | None = None
    extended_status: _Name | None = None
    description: str | None = None
    attributes: Any = None
    updated_datetime: datetime | None = None


class _Service(_Answer):
    service_code: str
    service_name: str | None = None


_CREATED = TypeAdapter(list[_Created])
_REQUESTS = TypeAdapter(list[_Request])
_SERVICES = TypeAdapter(list[_Service])


@dataclass(frozen=True, slots=True)
class RequestStatus:
    """What a department says of one request; `status` is None for a word that means nothing."""

    external_id: str
    word: str
    status: Status | None
    notes: str | None
    updated_at: datetime | None


class Open311Connector(Connector[Open311Settings]):
    """Tells a department by GeoReport v2. GeoReport cannot take a request back."""

    settings_model = Open311Settings
    carries: ClassVar[frozenset[MessageType]] = frozenset(
        {MessageType.OPENED, MessageType.REOPENED}
    )
    manifest: ClassVar[Manifest] = Manifest(
        title=Label(zh="Open311 GeoReport v2", en="Open311 GeoReport v2"),
        summary=Label(
            zh="已有 Open311 服务器的部门；状态定时查询",
            en="For departments whose Open311 server exists already; asked for the status",
        ),
        address=Address(
            label=Label(zh="接口地址（到版本号为止）", en="Address of the interface"),
            schemes=WEB_SCHEMES,
            example="https://311.example.gov/open311/v2",
        ),
        secret=Secret(SecretNeed.OPTIONAL, Label(zh="api_key", en="api_key")),
        settings={
            "datum": DATUM_LABEL,
            "service_codes": Label(zh="类别对应的服务代码", en="Service codes of classes"),
            "jurisdiction_id": Label(zh="辖区标识", en="Jurisdiction"),
            "after_doubt": Label(
                zh="不知对方是否收到时", en="When nobody knows whether it arrived"
            ),
            "statuses": Label(zh="对方状态词的含义", en="What the department's words mean"),
        },
        test=Label(
            zh="读取服务列表，核对服务代码",
            en="Asks for the services and looks for the service codes among them",
        ),
        status_by=StatusBy.ASKING,
    )

    @property
    def asks_in_doubt(self) -> bool:
        """Whether what may have arrived waits for a person: GeoReport knows no key."""
        return self.settings.after_doubt == AfterDoubt.ASK

    def problems(self, classes: Collection[str]) -> list[str]:
        """Return nothing: a server may want no api_key, and `check` compares the codes."""
        return []

    def send(self, outgoing: Outgoing, wire: Wire) -> Sent:
        """POST a service request, after looking whether the department has it where in doubt.

        Raises:
            DeliveryFailed: the department has not said that it has it.
        """
        if outgoing.doubt == Doubt.UNCERTAIN and self.settings.after_doubt == AfterDoubt.ASK:
            raise self._ask(outgoing, "an earlier attempt ended without an answer")
        searches = self.settings.after_doubt == AfterDoubt.SEARCH
        if outgoing.doubt != Doubt.NONE and searches and (found := self._search(outgoing, wire)):
            return Sent(external_id=found)
        try:
            return self._post(outgoing, wire)
        except DeliveryFailed as failure:
            if failure.uncertain and self.settings.after_doubt == AfterDoubt.ASK:
                raise self._ask(outgoing, str(failure)) from failure
            if failure.uncertain and searches:
                failure.retry_after_s = max(failure.retry_after_s or 0.0, _SETTLE_S)
            raise

    def check(self, destination_id: str, source: str, wire: Wire) -> str:
        """Fetch the list of services and look for our codes in it.

        Raises:
            DeliveryFailed: there is no list, or codes are missing.
        """
        reply = wire.request("GET", "/services.json", params=self._jurisdiction())
        codes = {item.service_code for item in parsed(reply, _SERVICES.validate_json)}
        if missing := sorted(set(self.settings.service_codes.values()) - codes):
            raise DeliveryFailed(f"the department has no service_code {', '.join(missing)}")
        return f"{len(codes)} services, every service_code of the settings among them"

    def number_of(self, token: str, wire: Wire) -> str | None:
        """Return the number that a token stands for, or None while there is none yet.

        Raises:
            DeliveryFailed: the department does not answer.
        """
        reply = wire.request("GET", f"/tokens/{token}.json", params=self._jurisdiction())
        answers = parsed(reply, _CREATED.validate_json)
        return next((item.service_request_id for item in answers if item.service_request_id), None)

    def statuses(self, external_ids: Sequence[str], wire: Wire) -> list[RequestStatus]:
        """Return what the department says of some of its requests, at most 50 at once.

        Raises:
            DeliveryFailed: the department does not answer.
        """
        params = {**self._jurisdiction(), "service_request_id": ",".join(external_ids)}
        reply = wire.request("GET", "/requests.json", params=params)
        answers = parsed(reply, _REQUESTS.validate_json)
        return [self._status(item) for item in answers if item.service_request_id in external_ids]

    def _status(self, item: _Request) -> RequestStatus:
        words = [word for word in (item.extended_status, item.status) if word]
        known = (self.settings.statuses[word] for word in words if word in self.settings.statuses)
        return RequestStatus(
            external_id=item.service_request_id,
            word=words[0],
            status=next(known, None),
            notes=item.status_notes and item.status_notes.replace("\x00", "")[:_NOTES],
            updated_at=item.updated_datetime,
        )

    def _post(self, outgoing: Outgoing, wire: Wire) -> Sent:
        reply = wire.request("POST", "/requests.json", form=self._form(outgoing))
        answers = parsed(reply, _CREATED.validate_json)
        for answer in answers:
            if answer.service_request_id or answer.token:
                return Sent(answer.service_request_id, answer.token)
        raise DeliveryFailed(
            f"answered {reply.status_code} without a service_request_id or a token", uncertain=True
        )

    def _form(self, outgoing: Outgoing) -> dict[str, str]:
        """Return the fields of the POST, named as GeoReport v2 names them."""
        finding = outgoing.facts["finding"]
        location = located(outgoing.facts["location"], self.settings.datum)
        if location is None:
            raise DeliveryFailed(
                "the finding has no place, and GeoReport needs one; tell the department by other "
                "means and enter what it says",
                final=True,
            )
        form = {
            **self._jurisdiction(),
            "service_code": self._service_code(outgoing),
            "lat": f"{location['latitude']:.7f}",
            "long": f"{location['longitude']:.7f}",
            "description": _description(outgoing),
            "attribute[case_id]": outgoing.case_id,
            "attribute[case_number]": outgoing.facts["case"]["number"],
            "attribute[idempotency_key]": outgoing.id,
            "attribute[severity]": str(finding["severity"]),
            "attribute[datum]": location["datum"],
        }
        if self.secret:
            form["api_key"] = self.secret
        if outgoing.media:
            form["media_url"] = outgoing.media[0].url
        return form

    def _search(self, outgoing: Outgoing, wire: Wire) -> str | None:
        """Return the number under which the department lists our request, or None."""
        since = outgoing.first_started_at - _CLOCKS_DIFFER
        params = {
            **self._jurisdiction(),
            "service_code": self._service_code(outgoing),
            "start_date": _w3(since),
            "end_date": _w3(outgoing.started_at + _CLOCKS_DIFFER),
        }
        try:
            reply = wire.request("GET", "/requests.json", params=params)
            listed = parsed(reply, _REQUESTS.validate_json)
        except DeliveryFailed as failure:
            failure.uncertain = True
            raise
        for item in listed:
            if outgoing.id in f"{item.description} {json.dumps(item.attributes)}":
                return item.service_request_id
        if len(listed) >= _LIST_CAP:
            raise self._ask(outgoing, "the department's list is too long to be sure")
        return None

    def _ask(self, outgoing: Outgoing, why: str) -> DeliveryFailed:
        return DeliveryFailed(
            f"{why}; the department may have it. Look there for the reference {outgoing.id}: "
            "if it is there enter `delivered` with its number, if not `send`",
            uncertain=True,
            final=True,
        )

    def _service_code(self, outgoing: Outgoing) -> str:
        name: str = outgoing.facts["finding"]["class"]
        return self.settings.service_codes.get(name, name)

    def _jurisdiction(self) -> dict[str, str]:
        jurisdiction = self.settings.jurisdiction_id
        return {"jurisdiction_id": jurisdiction} if jurisdiction else {}


def _description(outgoing: Outgoing) -> str:
    """Return one paragraph for people; the reference at its end is what `search` looks for."""
    finding, case = outgoing.facts["finding"], outgoing.facts["case"]
    again = " again: the repair did not hold" if outgoing.event_type == MessageType.REOPENED else ""
    size = f", about {finding['size_m']:.1f} m wide" if finding["size_m"] else ""
    return (
        f"{finding['class']}{again}, severity {finding['severity']} of 4{size}, seen "
        f"{finding['looks']} times, last {finding['last_seen_at'][:16]}Z. "
        f"Case {case['number']}. Reference {outgoing.id}"
    )


def _w3(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
