from pathlib import Path

import numpy as np

from inference.decode import DecodeLimits, decode
from inference.letterbox import letterbox
from tests.unit.training.toys import SIDE, toy_recipe, write_pictures, write_toy
from training.evaluate import calibration_inputs, judge, milliseconds_per_picture


def test_found_classes_carry_the_recipes_ids_whatever_the_models_order(tmp_path: Path) -> None:
    model = write_toy(tmp_path, version="1.0.0")
    pictures = write_pictures(tmp_path / "pictures", [200])
    recipe = toy_recipe()
    object.__setattr__(recipe, "classes", ("pothole", "crack"))
    (one,) = judge(recipe, model, pictures)
    assert one.class_ids.tolist() == [1]
    object.__setattr__(recipe, "classes", ("pothole", "rut"))
    (one,) = judge(recipe, model, pictures)
    assert one.boxes.shape == (0, 4)


def test_calibration_shows_the_network_what_serving_does(tmp_path: Path) -> None:
    model = write_toy(tmp_path, version="1.0.0")
    pictures = write_pictures(tmp_path / "pictures", [200, 90])
    fed = calibration_inputs(toy_recipe(), model, pictures)
    for image, picture in zip(fed, pictures, strict=True):
        decoded = decode(picture.path.read_bytes(), DecodeLimits(), SIDE)
        np.testing.assert_array_equal(image[0], letterbox(decoded, SIDE).image)


def test_speed_is_measured(tmp_path: Path) -> None:
    model = write_toy(tmp_path, version="1.0.0")
    (picture,) = write_pictures(tmp_path / "pictures", [200])
    assert milliseconds_per_picture(toy_recipe(), model, picture.path) > 0
