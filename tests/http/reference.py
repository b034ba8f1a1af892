"""docs/calls.md, written from the API's own document: ``make types`` writes it."""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec

from ..dashboard.types import api_document

PAGE = Path(__file__).parents[2] / "docs" / "calls.md"

_HEAD = """\
# Every call

Written by `make types` from the service's own OpenAPI document, whose examples have the handlers' types and whose
promises are fuzzed against a running service (`tests/http/test_openapi.py`). [api.md](api.md) tells the ways through it
with real answers; a running service has the same at `/api/docs`, to be tried out.
"""


def write_reference(document: dict[str, Any]) -> str:
    about = {tag["name"]: tag["description"] for tag in document["tags"]}
    calls = [
        (tag["name"], method, path, operation)
        for tag in document["tags"]
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if tag["name"] in operation["tags"]
    ]
    lines = [_HEAD]
    previous = None
    for tag, method, path, operation in calls:
        if tag != previous:
            lines.append(f"## {tag}\n\n{about[tag]}\n")
            previous = tag
        lines += _call(method, path, operation)
    return "\n".join(lines)


def _call(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"### {operation['summary']}\n\n`{method.upper()} {path}`{'' if operation['security'] else ' (no token)'}\n"
    if "description" in operation:
        yield operation["description"] + "\n"
    for parameter in operation.get("parameters", ()):
        if parameter["name"] != "target_sqid":
            yield f"- `{parameter['name']}` ({parameter['in']}): {parameter['description']}"
    if "parameters" in operation:
        yield ""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield from _json("Body", content)
    for status, response in operation["responses"].items():
        if status < "400":
            yield f"{status} {HTTPStatus(int(status)).phrase}: {response['description']}\n"
            for media, content in response.get("content", {}).items():
                if "json" in media:
                    yield from _json("", content)
    problems = ", ".join(status for status in operation["responses"] if status >= "400")
    yield f"Problems: {problems}.\n"


def _json(title: str, content: dict[str, Any]) -> Iterator[str]:
    if "example" in content:
        if title:
            yield f"{title}:\n"
        yield f"```json\n{msgspec.json.format(msgspec.json.encode(content['example'])).decode()}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(write_reference(api_document()))
