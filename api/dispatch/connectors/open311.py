"""Open311 GeoReport v2, the client's side, in XML or JSON.

Source: https://wiki.open311.org/GeoReport_v2 (GET service list and definition, POST service
request, GET service request id from a token, GET service requests).

GeoReport has no idempotency key. What happens after an attempt that the department may have taken
is set per destination: see `AfterDoubt`.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar, TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter

from api.dispatch.connectors.base import DATUM_LABEL, Connector, Ledger, Outgoing, Sent
from api.dispatch.connectors.manifest import (
    Address,
    Label,
    Manifest,
    Secret,
    SecretNeed,
    StatusBy,
)
from api.dispatch.connectors.open311_answers import (
    CREATED,
    DEFINITION,
    REQUESTS,
    SERVICES,
    UPDATES,
    Request,
    Service,
    answered,
)
from api.dispatch.connectors.open311_attributes import attribute_problems
from api.dispatch.connectors.open311_requests import request_form
from api.dispatch.connectors.open311_settings import AfterDoubt, Open311Settings
from api.dispatch.connectors.open311_updates import POSTED, StatusUpdate, update_form
from api.dispatch.connectors.wire import WEB_SCHEMES, DeliveryFailed, Wire
from api.dispatch.models import Doubt, MessageType
from api.dispatch.statuses import Status

T = TypeVar("T")
# A search must not run while the attempt it is to find may still be at work over there.
_SETTLE_S = 60.0
_CLOCKS_DIFFER = timedelta(minutes=10)
_NOTES = 2000
_LIST_CAP = 1000  # "Default query limit is … first 1000 requests returned"
_AT_ONCE = 50
_SHORTEST_SPAN = timedelta(minutes=2)
_IDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class RequestStatus:
    """What a department says of one request; `status` is None for a word that means nothing."""

    external_id: str
    word: str
    status: Status | None
    notes: str | None
    updated_at: datetime | None


class Open311Connector(Connector[Open311Settings], Ledger):
    """Tells a department by GeoReport v2, which alone cannot take a request back."""

    settings_model = Open311Settings
    carries: ClassVar[frozenset[MessageType]] = (
        frozenset({MessageType.OPENED, MessageType.REOPENED}) | POSTED
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
            "format": Label(zh="数据格式", en="Format"),
            "service_codes": Label(zh="类别对应的服务代码", en="Service codes of classes"),
            "jurisdiction_id": Label(zh="辖区标识", en="Jurisdiction"),
            "attributes": Label(zh="服务的附加属性", en="Attributes of services"),
            "updates": Label(
                zh="支持 servicerequestupdates（FixMyStreet 扩展）",
                en="Knows servicerequestupdates (FixMyStreet's extension)",
            ),
            "after_doubt": Label(
                zh="不知对方是否收到时", en="When nobody knows whether it arrived"
            ),
            "statuses": Label(zh="对方状态词的含义", en="What the department's words mean"),
        },
        test=Label(
            zh="读取服务列表和定义，核对服务代码和附加属性",
            en="Asks for the services and their definitions, and compares codes and attributes",
        ),
        status_by=StatusBy.ASKING,
    )

    @classmethod
    def carried(cls, settings: Open311Settings) -> frozenset[MessageType]:
        """Return what a department is told of: what becomes of a case only with updates."""
        return cls.carries if settings.updates else cls.carries - POSTED

    @property
    def asks_in_doubt(self) -> bool:
        """Whether what may have arrived waits for a person: GeoReport knows no key."""
        return self.settings.after_doubt == AfterDoubt.ASK

    def problems(self, classes: Collection[str]) -> list[str]:
        """Return nothing: a server may want no api_key, and `check` compares the codes."""
        return []

    def send(self, outgoing: Outgoing, wire: Wire) -> Sent:
        """POST a service request, after looking whether the department has it where in doubt.

        What becomes of a request that the department has is posted as an update of it.

        Raises:
            DeliveryFailed: the department has not said that it has it.
        """
        if outgoing.event_type in POSTED:
            return self._post_update(outgoing, wire)
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
        """Fetch the list of services, and compare our codes and attributes with it.

        Raises:
            DeliveryFailed: there is no list, or what we would post does not fit.
        """
        services = {item.service_code: item for item in self._get("services", SERVICES, wire)}
        settings = self.settings
        ours = {settings.service_code(name) for name in settings.attributes}
        ours.update(settings.service_codes.values())
        if missing := sorted(ours - services.keys()):
            raise DeliveryFailed(f"the department has no service_code {', '.join(missing)}")
        if problems := [
            problem for code in sorted(ours) for problem in self._problems_of(services[code], wire)
        ]:
            raise DeliveryFailed("; ".join(problems))
        return f"{len(services)} services, every service_code of the settings among them"

    def number_of(self, token: str, wire: Wire) -> str | None:
        """Return the number that a token stands for, or None while there is none yet.

        Raises:
            DeliveryFailed: the department does not answer.
        """
        answers = self._get(f"tokens/{quote(token, safe='')}", CREATED, wire)
        return next((item.service_request_id for item in answers if item.service_request_id), None)

    def statuses(self, external_ids: Sequence[str], wire: Wire) -> list[RequestStatus]:
        """Return what the department says of some of its requests, at most 50 at once.

        Raises:
            DeliveryFailed: the department does not answer.
        """
        asked = {"service_request_id": ",".join(external_ids)}
        answers = self._get("requests", REQUESTS, wire, asked)
        return [self._status(item) for item in answers if item.service_request_id in external_ids]

    def updates(self, start: datetime, end: datetime, wire: Wire) -> list[StatusUpdate]:
        """Return what the department has said of any request in a time span, oldest first.

        Raises:
            DeliveryFailed: the department does not answer.
        """
        # Not by the specification, but as FixMyStreet asks: some servers want the key here too.
        asked = {"start_date": _w3(start), "end_date": _w3(end), **self._key()}
        listed = self._get("servicerequestupdates", UPDATES, wire, asked)
        return [
            StatusUpdate(
                id=item.update_id,
                external_id=item.service_request_id,
                status=self.settings.meaning(item.status),
                notes=_notes(item.description),
                at=item.updated_datetime,
            )
            for item in sorted(listed, key=lambda item: item.updated_datetime or end)
            if item.update_id and item.service_request_id
        ]

    def listed(
        self,
        messages: Mapping[str, str | None],
        *,
        classes: Collection[str],
        since: datetime,
        until: datetime,
        wire: Wire,
    ) -> dict[str, set[str]]:
        """Return the requests that bear our references, or have the numbers that we know.

        Raises:
            DeliveryFailed: the department does not answer, or its list is too long.
        """
        found: dict[str, set[str]] = {message_id: set() for message_id in messages}
        for code in sorted({self.settings.service_code(name) for name in classes}):
            for item in self._list(code, since, until, wire):
                for message_id in _IDS.findall(_words(item)):
                    if message_id in found:
                        found[message_id].add(item.service_request_id)
        by_number = {
            number: message_id
            for message_id, number in messages.items()
            if number is not None and number not in found[message_id]
        }
        numbers = sorted(by_number)
        for start in range(0, len(numbers), _AT_ONCE):
            for status in self.statuses(numbers[start : start + _AT_ONCE], wire):
                found[by_number[status.external_id]].add(status.external_id)
        return found

    def _list(self, code: str, since: datetime, until: datetime, wire: Wire) -> list[Request]:
        """Return every request of a service in a time span, in as many parts as it takes."""
        asked = {"service_code": code, "start_date": _w3(since), "end_date": _w3(until)}
        listed = self._get("requests", REQUESTS, wire, asked)
        if len(listed) < _LIST_CAP:
            return listed
        if until - since < _SHORTEST_SPAN:
            raise DeliveryFailed(f"the department lists {_LIST_CAP} requests of {code} a minute")
        middle = since + (until - since) / 2
        return self._list(code, since, middle, wire) + self._list(code, middle, until, wire)

    def _status(self, item: Request) -> RequestStatus:
        return RequestStatus(
            external_id=item.service_request_id,
            word=item.extended_status or item.status,
            status=self.settings.meaning(item.extended_status, item.status),
            notes=_notes(item.status_notes),
            updated_at=item.updated_datetime,
        )

    def _problems_of(self, service: Service, wire: Wire) -> Iterator[str]:
        """Yield what does not fit between a service of the department and our settings."""
        code = service.service_code
        if service.type == "blackbox":
            yield f"{code} is a blackbox: its requests get no number, and nobody hears of them"
        names = {
            name for name in self.settings.attributes if self.settings.service_code(name) == code
        }
        names |= {name for name, known in self.settings.service_codes.items() if known == code}
        if not service.metadata and not any(name in self.settings.attributes for name in names):
            return
        definition = self._get(f"services/{quote(code, safe='')}", DEFINITION, wire)
        for name in sorted(names):
            for problem in attribute_problems(definition, self.settings.attributes.get(name, {})):
                yield f"{code}: {problem}"

    def _get(
        self,
        resource: str,
        adapter: TypeAdapter[T],
        wire: Wire,
        asked: Mapping[str, str] | None = None,
    ) -> T:
        params = {**self.settings.jurisdiction, **(asked or {})}
        reply = wire.request("GET", f"/{resource}.{self.settings.format}", params=params)
        return answered(reply, self.settings.format, adapter)

    def _post(self, outgoing: Outgoing, wire: Wire) -> Sent:
        answer_format = self.settings.format
        form = {**self._key(), **request_form(outgoing, self.settings)}
        reply = wire.request("POST", f"/requests.{answer_format}", form=form)
        for answer in answered(reply, answer_format, CREATED):
            if answer.service_request_id or answer.token:
                return Sent(answer.service_request_id, answer.token)
        raise DeliveryFailed(
            f"answered {reply.status_code} without a service_request_id or a token", uncertain=True
        )

    def _post_update(self, outgoing: Outgoing, wire: Wire) -> Sent:
        known = outgoing.known_as
        if known is None or not (known.external_id or known.external_token):
            raise DeliveryFailed(
                "the department has given the case no number; tell it by other means", final=True
            )
        number = known.external_id or self.number_of(str(known.external_token), wire)
        if number is None:
            raise DeliveryFailed("the department has given the case no number yet")
        form = {**self.settings.jurisdiction, **self._key(), **update_form(outgoing, number)}
        resource = f"/servicerequestupdates.{self.settings.format}"
        wire.request("POST", resource, form=form)
        return Sent()

    def _search(self, outgoing: Outgoing, wire: Wire) -> str | None:
        """Return the number under which the department lists our request, or None."""
        since = outgoing.first_started_at - _CLOCKS_DIFFER
        asked = {
            "service_code": self.settings.service_code(outgoing.facts["finding"]["class"]),
            "start_date": _w3(since),
            "end_date": _w3(outgoing.started_at + _CLOCKS_DIFFER),
        }
        try:
            listed = self._get("requests", REQUESTS, wire, asked)
        except DeliveryFailed as failure:
            failure.uncertain = True
            raise
        for item in listed:
            if outgoing.id in _words(item):
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

    def _key(self) -> dict[str, str]:
        return {"api_key": self.secret} if self.secret else {}


def _words(item: Request) -> str:
    """Return everything of a listed request in which our reference may stand."""
    return f"{item.description} {json.dumps(item.attributes)}"


def _notes(text: str | None) -> str | None:
    return text and text.replace("\x00", "")[:_NOTES]


def _w3(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
