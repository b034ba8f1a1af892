"""An example of a schema: the examples of its fields, or else the simplest valid values."""

from collections.abc import Mapping
from typing import Any

_TEXTS = {"date": "2026-01-02", "date-time": "2026-01-02T03:04:05Z", "uuid": "0b0c6a52-6a1e-4f0e-9d3a-5b2f7c1d8e90"}


def example_of(schema: Mapping[str, Any], components: Mapping[str, Mapping[str, Any]]) -> Any:
    """A valid value.

    Args:
        components: the schemas that a ``$ref`` may name.
    """
    if "$ref" in schema:
        return example_of(components[schema["$ref"].rpartition("/")[2]], components)
    if "anyOf" in schema and "examples" not in schema:
        ways = [way for way in schema["anyOf"] if has_example(way, components)]
        ways += [way for way in schema["anyOf"] if way.get("type") == "null"]
        return example_of((ways or schema["anyOf"])[0], components)
    given = [*schema.get("examples", ()), *schema.get("enum", ())]
    if given or "const" in schema:
        return given[0] if given else schema["const"]
    kind = schema.get("type", "null")
    if kind == "object":
        return _object(schema, components)
    if kind == "array":
        return [example_of(schema["items"], components)]
    plain = {"string": _TEXTS.get(schema.get("format", ""), "text"), "boolean": False, "null": None}
    return plain.get(kind, schema.get("minimum", 1))


def _object(schema: Mapping[str, Any], components: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Optional fields are included where they have an example or a default."""
    example = {}
    for name, field in schema.get("properties", {}).items():
        if name in schema["required"] or has_example(field, components):
            example[name] = example_of(field, components)
        elif "default" in field:
            example[name] = field["default"]
    return example


def has_example(schema: Mapping[str, Any], components: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether the schema, or a part of it, has an example."""
    if "$ref" in schema:
        return has_example(components[schema["$ref"].rpartition("/")[2]], components)
    items = [schema["items"]] if isinstance(schema.get("items"), dict) else []
    parts = [*items, *schema.get("anyOf", ()), *schema.get("properties", {}).values()]
    return "examples" in schema or any(has_example(part, components) for part in parts)
