"""State machines as data: one table of transitions, and the only function that changes a state."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from api.errors import Conflict

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class StateMachine(Generic[S, E]):
    """A finite state machine.

    Args:
        noun: what has these states, for messages.
        table: (state, event) to the next state; what is not in it is not allowed.
    """

    noun: str
    table: Mapping[tuple[S, E], S]

    def next_state(self, state: S, event: E) -> S:
        """Return the state after an event.

        Raises:
            Conflict: when the event is not allowed in this state.
        """
        try:
            return self.table[state, event]
        except KeyError:
            raise Conflict(
                f"a {self.noun} that is {state.value} cannot be changed by {event.value}; "
                f"possible now: {', '.join(self.events(state)) or 'nothing'}",
                code="transition-not-allowed",
            ) from None

    def events(self, state: S) -> list[E]:
        """Return the events that a state allows."""
        return [event for (from_state, event) in self.table if from_state == state]
