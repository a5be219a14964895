"""Every table: importing this module imports every noun's `models.py`."""

import importlib
import pkgutil

import api
from api.database import Base

for _noun in pkgutil.iter_modules(api.__path__):
    if _noun.ispkg and importlib.util.find_spec(f"api.{_noun.name}.models"):
        importlib.import_module(f"api.{_noun.name}.models")

metadata = Base.metadata
