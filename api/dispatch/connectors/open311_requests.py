"""The POST that gives a department a case, as GeoReport v2 names its fields.

Source: https://wiki.open311.org/GeoReport_v2 (POST Service Request).
"""

from api.dispatch.connectors.base import Outgoing
from api.dispatch.connectors.open311_attributes import attribute_form, routing_form
from api.dispatch.connectors.open311_settings import Open311Settings
from api.dispatch.connectors.wire import DeliveryFailed
from api.dispatch.datums import located
from api.dispatch.models import MessageType


def request_form(outgoing: Outgoing, settings: Open311Settings) -> dict[str, str | list[str]]:
    """Return the fields of the POST, save the api_key.

    Raises:
        DeliveryFailed: the finding has no place.
    """
    finding = outgoing.facts["finding"]
    location = located(outgoing.facts["location"], settings.datum)
    if location is None:
        raise DeliveryFailed(
            "the finding has no place, and GeoReport needs one; tell the department by other "
            "means and enter what it says",
            final=True,
        )
    form: dict[str, str | list[str]] = {
        **settings.jurisdiction,
        "service_code": settings.service_code(finding["class"]),
        "lat": f"{location['latitude']:.7f}",
        "long": f"{location['longitude']:.7f}",
        "description": _description(outgoing),
        "attribute[case_id]": outgoing.case_id,
        "attribute[case_number]": outgoing.facts["case"]["number"],
        "attribute[idempotency_key]": outgoing.id,
        "attribute[severity]": str(finding["severity"]),
        "attribute[datum]": location["datum"],
        **routing_form(outgoing.facts),
        **attribute_form(settings.attributes.get(finding["class"], {}), outgoing.facts),
    }
    if outgoing.media:
        form["media_url"] = outgoing.media[0].url
    return form


def _description(outgoing: Outgoing) -> str:
    """Return one paragraph for people; the reference at its end is what `search` looks for."""
    finding, case = outgoing.facts["finding"], outgoing.facts["case"]
    again = " again: the repair did not hold" if outgoing.event_type == MessageType.REOPENED else ""
    known = outgoing.known_as and outgoing.known_as.external_id
    earlier = f" Your earlier request: {known}." if known else ""
    size = f", about {finding['size_m']:.1f} m wide" if finding["size_m"] else ""
    return (
        f"{finding['class']}{again}, severity {finding['severity']} of 4{size}, seen "
        f"{finding['looks']} times, last {finding['last_seen_at'][:16]}Z. "
        f"Case {case['number']}.{earlier} Reference {outgoing.id}"
    )
