"""The JSON Schemas (2020-12) of a takeout's documents: in the archive, and in docs/schemas."""

from collections.abc import Mapping
from functools import cache
from pathlib import PurePosixPath

import msgspec

from .activity import Actor, Outbox
from .records import LINES, Manifest
from .settings import SettingsRecord
from .side_files import SideFile

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
# By the name of the schema: the document, and its type.
DOCUMENTS: Mapping[str, tuple[str, type[msgspec.Struct]]] = {
    "pmd": ("pmd.json", Manifest),
    **{PurePosixPath(path).stem: (f"a line of {path}", record) for path, record in LINES.items()},
    "settings": ("data/settings.json", SettingsRecord),
    "side-file": ("the side file NAME.EXT.json of each file", SideFile),
    "actor": ("actor.json", Actor),
    "outbox": ("outbox.json", Outbox),
}


@cache
def render_schemas() -> Mapping[str, bytes]:
    """Each schema by its file's name."""
    return {f"{name}.schema.json": _render(title, document) for name, (title, document) in DOCUMENTS.items()}


def _render(title: str, document: type[msgspec.Struct]) -> bytes:
    schema = {"$schema": _DIALECT, "title": f"{title} of a takeout", **msgspec.json.schema(document)}
    return msgspec.json.format(msgspec.json.encode(schema), indent=2) + b"\n"
