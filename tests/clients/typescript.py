"""The types of the TypeScript client, generated from the service's own document: ``make types`` writes them."""

import subprocess
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from ..dashboard.types import Json, api_document

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "clients" / "typescript"
TYPES = CLIENT / "src" / "schema.ts"
# The page's, which “make page” installs.
PROGRAMS = ROOT / "web" / "node_modules" / ".bin"
# Lists are read-only, so that any can be sent; what has a default may be left out.
OPTIONS = ("--immutable", "--alphabetize", "--default-non-nullable", "false")
_OPERATION = "responses"


def generate_client_types() -> str:
    """What openapi-typescript makes of the calls that succeed; all errors are the client's one class."""
    with tempfile.TemporaryDirectory() as folder:
        document, types = Path(folder, "openapi.json"), Path(folder, "schema.ts")
        document.write_bytes(msgspec.json.encode(_of_successes(api_document())))
        subprocess.run(
            [PROGRAMS / "openapi-typescript", document, *OPTIONS, "--output", types], check=True, capture_output=True
        )
        return types.read_text()


def _of_successes(document: Json) -> Json:
    paths = {
        path: {name: _succeeding(each) if _OPERATION in each else each for name, each in item.items()}
        for path, item in document["paths"].items()
    }
    schemas = {"schemas": document["components"]["schemas"]}
    read: Json = _without_examples({**document, "paths": paths, "components": schemas, "webhooks": {}})
    return read


def _succeeding(operation: Json) -> Json:
    responses = {
        status: {name: each for name, each in response.items() if name != "headers"}
        for status, response in operation["responses"].items()
        if status.startswith("2")
    }
    return {**operation, "responses": responses}


def _without_examples(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {name: _without_examples(each) for name, each in schema.items() if name not in ("example", "examples")}
    return [_without_examples(each) for each in schema] if isinstance(schema, list) else schema


if __name__ == "__main__":
    TYPES.write_text(generate_client_types())
