"""Keeping the memory of a gateway small."""

import ctypes

_M_ARENA_MAX = -8
_ARENAS = 2


def bound_arenas() -> None:
    """Let all threads share two heaps, where the C library is glibc.

    By default it gives every thread its own, and each keeps what its largest pictures once took.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)
