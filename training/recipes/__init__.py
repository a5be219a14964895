"""The recipes, one file per model; a new file here is found by its name."""

import importlib
import pkgutil

from training.errors import TrainingError
from training.recipe import Recipe


def recipe_names() -> list[str]:
    """The models that have a recipe."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def get_recipe(model: str) -> Recipe:
    """The recipe of a model.

    Raises:
        TrainingError: If there is none.
    """
    if model not in recipe_names():
        raise TrainingError(
            f"there is no recipe for {model!r}",
            hint=f"Recipes: {', '.join(recipe_names())}. A new one is a file in training/recipes.",
        )
    recipe: Recipe = importlib.import_module(f"{__name__}.{model}").RECIPE
    return recipe
