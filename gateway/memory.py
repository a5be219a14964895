"""Keeping the memory of a gateway small."""

import ctypes

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
_PICTURE_BYTES = 1024 * 1024
_ARENAS = 2


def tame_heap() -> None:
    """Let threads share two heaps and give back what pictures took, where the C library is glibc.

    By default it gives every thread a heap of its own, and each keeps what its largest pictures
    once took.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)
        mallopt(_M_MMAP_THRESHOLD, _PICTURE_BYTES)
