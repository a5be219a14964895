"""What is special of a finding, by its inspection."""

from sqlalchemy.orm import Session

from api.advisories import service as advisories
from api.advisories.schemas import PestDetails
from api.camera_health import views as camera_health
from api.camera_health.schemas import DeviceDetails
from api.falls import views as falls
from api.falls.schemas import FallDetails
from api.findings.models import Finding
from api.passages import service as passages
from api.passages.schemas import ViolationDetails
from api.sites import views as sites
from api.sites.schemas import SiteDetails
from inference.inspections import Kind

Details = DeviceDetails | FallDetails | PestDetails | SiteDetails | ViolationDetails


def details_of(session: Session, finding: Finding) -> Details | None:
    """Return what only findings of its inspection have, None where that is nothing."""
    if finding.kind == Kind.SUBJECT:
        return passages.details(session, finding)
    if finding.kind == Kind.MOMENT:
        return falls.details(session, finding)
    if finding.kind == Kind.DEVICE:
        return camera_health.details(session, finding)
    if finding.kind == Kind.PLACE:
        return sites.details(session, finding)
    return advisories.details(session, finding)
