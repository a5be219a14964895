"""Trains and judges the change network of illegal_building, on rendered and real pairs."""
