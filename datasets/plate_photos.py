"""Reads photos of licence plates that are described in a `plates.json` beside their folder.

The file lists photos::

    [{"image": "0001.jpg", "width": 1920, "height": 1078,
      "plates": [{"box": [1137.9, 639.3, 1284.1, 690.7], "color": "yellow", "text": "苏DLA031",
                  "poly": [[1281.8, 690.7], [1137.9, 683.2], [1140.2, 639.3], [1284.1, 646.8]]}]}]

A photo of one plate may hold the plate's members itself, and `corners_rb_lb_lt_rt` for `poly`.
"""

import json
from pathlib import Path

import numpy as np

from datasets.yolo import DatasetError, LabelledPicture


def read_plate_photos(folder: Path) -> list[LabelledPicture]:
    """Read photos and the boxes of their plates, all of class 0.

    Args:
        folder: Holds `plates.json` and `images/`.

    Returns:
        One entry per photo, in the order of the file. The photos themselves are not opened.

    Raises:
        DatasetError: If the file is missing or cannot be read, or a photo is missing.
    """
    path = folder / "plates.json"
    pictures = []
    try:
        for photo in json.loads(path.read_text("utf-8")):
            plates = photo.get("plates", [photo])
            size = np.array([photo["width"], photo["height"]] * 2, np.float32)
            corners = np.array([plate["box"] for plate in plates], np.float32).reshape(-1, 4) / size
            low, high = corners[:, :2].clip(0, 1), corners[:, 2:].clip(0, 1)
            pictures.append(
                LabelledPicture(
                    folder / "images" / photo["image"],
                    np.hstack([(low + high) / 2, high - low]),
                    np.zeros(len(plates), np.int64),
                )
            )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            f"{path} cannot be read: {error!r}",
            hint="The dataset cards plates_easypr and plates_ccpd say what it holds.",
        ) from error
    for picture in pictures:
        if not picture.path.is_file():
            raise DatasetError(f"{picture.path} is missing, though {path} names it")
    return pictures
