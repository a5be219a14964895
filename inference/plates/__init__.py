"""Reads licence plates: from a detector's box to corners, text and colour."""

from inference.plates.reader import PlateReader
from inference.plates.voting import vote

__all__ = ["PlateReader", "vote"]
