"""Rendered clips of things that fall from buildings, and of what is mistaken for them."""
