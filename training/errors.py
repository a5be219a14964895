"""What can go wrong in training, evaluation and export."""

from models.errors import XunjianError


class TrainingError(XunjianError):
    """Training, evaluation or export cannot go on."""
