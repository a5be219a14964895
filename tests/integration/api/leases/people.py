"""People who review, and findings for them, straight in the database."""

import itertools
from dataclasses import dataclass, field

from api.accounts.models import User
from api.database import Database, new_id
from api.findings.models import Finding
from api.findings.states import FindingState
from api.permissions import Role
from api.principal import Principal
from tests.integration.api.dispatch.town import Town

_numbers = itertools.count(1)


@dataclass
class Bench:
    """Makes who reviews, and what is reviewed."""

    database: Database
    town: Town = field(init=False)

    def __post_init__(self) -> None:
        self.town = Town(self.database)

    def person(self, role: Role = Role.OPERATOR) -> Principal:
        """Make a person."""
        name = f"person-{next(_numbers)}"
        user = User(id=new_id(), username=name, display_name=name, password_hash="x", role=role)
        with self.database.write() as session:
            session.add(user)
        return Principal("user", user.id, user.username, role)

    def findings(self, count: int, state: FindingState = FindingState.PENDING_REVIEW) -> list[str]:
        """Make findings of random priority; return their ids."""
        with self.database.write() as session:
            return [
                self.town.add_finding(session, state=state, confidence=(n * 37 % 100) / 100).id
                for n in range(count)
            ]

    def state(self, finding_id: str) -> FindingState:
        """Return where a finding stands."""
        with self.database.read() as session:
            return session.get_one(Finding, finding_id).state
