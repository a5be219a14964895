"""The page's types are the service's own: generated from its OpenAPI and up to date."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.app import create_app

WEB = Path(__file__).parents[4] / "api" / "web"
GENERATOR = WEB / "node_modules" / ".bin" / "openapi-typescript"


@pytest.mark.skipif(not GENERATOR.exists(), reason="the page's tools are missing: run `make web`")
def test_the_generated_types_are_up_to_date(tmp_path: Path) -> None:
    openapi, generated = tmp_path / "openapi.json", tmp_path / "schema.d.ts"
    openapi.write_text(json.dumps(create_app().openapi()), encoding="utf-8")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # where node is
    subprocess.run(
        [GENERATOR, openapi, "--output", generated],
        check=True,
        capture_output=True,
        env={**os.environ, "PATH": path},
    )
    committed = (WEB / "src" / "api" / "schema.d.ts").read_text(encoding="utf-8")
    assert generated.read_text(encoding="utf-8") == committed, (
        "the service's OpenAPI has changed: run `npm --prefix api/web run generate` with "
        ".venv/bin on the PATH, then mend what `npm --prefix api/web run check` says"
    )
