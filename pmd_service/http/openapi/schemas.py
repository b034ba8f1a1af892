"""The JSON Schemas of the types that routes read and answer."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
from msgspec import inspect

from ..errors import Fault, Problem
from ..route import Route

Json: TypeAlias = dict[str, Any]

REF = "#/components/schemas/{name}"


def schemas_of(routes: Sequence[Route], messages: Collection[type[msgspec.Struct]]) -> Mapping[str, Json]:
    """The schemas of all request and response types, of messages, and of the types that they contain."""
    kinds = {answer.kind for route in routes for answer in route.answers} | {route.reads.body for route in routes}
    used = [*(kind for kind in kinds if kind is not None), *messages, Problem, Fault]
    _schemas, components = msgspec.json.schema_components(used, ref_template=REF)
    _date(inspect.multi_type_info(used), components)
    return dict(sorted(_with_constants(components).items()))


def _date(types: Sequence[inspect.Type], components: Mapping[str, Json]) -> None:
    """Add the format of times, which msgspec does only for types that require a time zone; all of ours have one."""
    waiting, seen = [*types], set[type]()
    while waiting:
        match waiting.pop():
            case inspect.Metadata(type=plain) | inspect.CollectionType(item_type=plain):
                waiting.append(plain)
            case inspect.UnionType(types=parts):
                waiting += parts
            case inspect.StructType(cls=kind, fields=fields) if kind not in seen:
                seen.add(kind)
                for field in fields:
                    waiting.append(field.type)
                    schema = components[kind.__name__]["properties"][field.encode_name]
                    plain = field.type.type if isinstance(field.type, inspect.Metadata) else field.type
                    ways = plain.types if isinstance(plain, inspect.UnionType) else (plain,)
                    if any(isinstance(way, inspect.DateTimeType) for way in ways):
                        schema.get("anyOf", [schema])[0]["format"] = "date-time"


def _with_constants(schema: Any) -> Any:
    """The schema with constants in place of enumerations of one value."""
    if isinstance(schema, list):
        return [_with_constants(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("enum"), list) and len(schema["enum"]) == 1:
        (only,) = schema["enum"]
        # For a constant boolean, client generators write code that does not compile.
        constant = {"type": "boolean"} if isinstance(only, bool) else {"const": only}
        schema = {key: value for key, value in schema.items() if key != "enum"} | constant
    return {key: _with_constants(part) for key, part in schema.items()}
