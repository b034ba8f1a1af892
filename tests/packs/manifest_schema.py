"""docs/pack-manifest.schema.json, written from the manifest's own types: ``make types`` writes it."""

from pathlib import Path

import msgspec

from pmd_service.packs.manifest import Manifest

SCHEMA = Path(__file__).parents[2] / "docs" / "pack-manifest.schema.json"


def write_schema() -> str:
    dialect = "https://json-schema.org/draft/2020-12/schema"
    schema = {"$schema": dialect, "title": "manifest.json of a pack", **msgspec.json.schema(Manifest)}
    return msgspec.json.format(msgspec.json.encode(schema), indent=2).decode() + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(write_schema())
