"""docs/schemas, written from the documents' own types: ``make types`` writes them."""

from pathlib import Path

from pmd_service.portable.schemas import render_schemas

SCHEMAS = Path(__file__).parents[1] / "docs" / "schemas"


if __name__ == "__main__":
    SCHEMAS.mkdir(exist_ok=True)
    for name, schema in render_schemas().items():
        (SCHEMAS / name).write_bytes(schema)
