"""Trains and judges the tracklet classifier of falling_object, on rendered clips and real skies."""
