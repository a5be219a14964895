"""What is bounded and shared by gateways: places, requests, bytes. Pure bookkeeping."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

_LIVE_TIMES = 4
_KEPT_FOR_LIVE = 4


def in_share(held: int, free: int, *, live: bool) -> bool:
    """Say whether one that holds so much may take of what is free; see `Share`."""
    return held <= (_LIVE_TIMES if live else 1) * free


class Share:
    """A bounded number of something, of which no gateway can take all.

    A gateway may go on taking while what it holds is no more than a multiple of what is still
    free, so that one alone gets most of it, several get alike, and a newcomer always finds some:
    Choudhury and Hahne, "Dynamic Queue Length Thresholds for Shared-Memory Packet Switches",
    IEEE/ACM Transactions on Networking 6(2), 1998. For what is live the multiple is four; for the
    rest it is one, of three quarters of all: a quarter is kept for what is live.

    Args:
        total: how much there is.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.used = 0
        self._held: Counter[str] = Counter()

    def admits(self, gateway_id: str, amount: int = 1, *, live: bool) -> bool:
        """Say whether a gateway may take so much more."""
        free = self.total - self.used - (0 if live else self.total // _KEPT_FOR_LIVE)
        return amount <= free and in_share(self._held[gateway_id], free, live=live)

    def take(self, gateway_id: str, amount: int = 1) -> None:
        """Let a gateway hold so much more; whether it may is asked before."""
        self.used += amount
        self._held[gateway_id] += amount

    def give_back(self, gateway_id: str, amount: int = 1) -> None:
        """Let a gateway hold so much less."""
        self.used -= amount
        self._held[gateway_id] -= amount
        if not self._held[gateway_id]:
            del self._held[gateway_id]

    @contextmanager
    def holding(self, gateway_id: str) -> Iterator[None]:
        """Hold one for the length of the block."""
        self.take(gateway_id)
        try:
            yield
        finally:
            self.give_back(gateway_id)
