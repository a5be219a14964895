"""Trained models: one folder each, and the code that finds and checks them."""
