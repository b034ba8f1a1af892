"""docs/pack-manifest.schema.json, written from the manifest's own types: ``make types`` writes it."""

from pathlib import Path

import msgspec

from pmd_service.packs.manifest import manifest_schema

SCHEMA = Path(__file__).parents[2] / "docs" / "pack-manifest.schema.json"


def write_schema() -> str:
    return msgspec.json.format(msgspec.json.encode(manifest_schema()), indent=2).decode() + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(write_schema())
