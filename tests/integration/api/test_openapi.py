import re
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from api.app import create_app
from api.problems import MEDIA_TYPE
from api.settings import Settings

# Asked without saying who one is: health, the clock, signing in, and what proves itself by a
# signature.
PUBLIC = {
    "read_health",
    "read_readiness",
    "read_metrics",
    "read_time",
    "sign_in_to_session",
    "list_providers",
    "go_to_provider",
    "come_back_from_provider",
    "take_callback",
}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give the description of the service."""
    return create_app(Settings(data_dir=tmp_path_factory.mktemp("var"))).openapi()


def _operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]


def test_the_description_is_valid_openapi(document: dict[str, Any]) -> None:
    validate(document)


def test_operation_ids_are_snake_case_and_unique(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, operation in _operations(document)]
    assert len(ids) == len(set(ids))
    assert [name for name in ids if not re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", name)] == []


def test_every_error_is_a_problem(document: dict[str, Any]) -> None:
    others = [
        (name, status)
        for name, operation in _operations(document)
        for status, response in operation["responses"].items()
        if status >= "400" and set(response.get("content", {})) != {MEDIA_TYPE}
    ]
    assert others == []


def test_every_operation_says_what_it_does_and_who_may_ask(document: dict[str, Any]) -> None:
    silent = [
        name
        for name, operation in _operations(document)
        if not operation.get("summary") or not operation.get("description")
    ]
    assert silent == []
    open_to_all = {
        operation["operationId"]
        for _, operation in _operations(document)
        if "security" not in operation
    }
    assert open_to_all <= PUBLIC


def test_every_body_has_an_example(document: dict[str, Any]) -> None:
    def has_example(schema: dict[str, Any]) -> bool:
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return (
            "example" in schema
            or "examples" in schema
            or schema.get("type") in ("boolean", "string")
            or any(has_example(part) for part in schema.get("properties", {}).values())
            or any(has_example(part) for part in schema.get("anyOf", []))
        )

    without = [
        name
        for name, operation in _operations(document)
        for content in operation.get("requestBody", {}).get("content", {}).values()
        if not ("example" in content or "examples" in content or has_example(content["schema"]))
    ]
    assert without == []


def test_the_description_names_no_path_of_this_machine(document: dict[str, Any]) -> None:
    assert str(Path.cwd()) not in str(document)
