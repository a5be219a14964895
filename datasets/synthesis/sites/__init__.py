"""Rendered fixed cameras: places where structures are built over days, and what is no structure."""
