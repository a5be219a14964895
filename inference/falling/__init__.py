"""Falling objects: from the frames of a clip to events with their trajectories."""
