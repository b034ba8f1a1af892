"""The original site's tables, built from their recorded shape (``shape.json``), with realistic rows in them."""

import json
import re
from pathlib import Path
from typing import Any

from pmd_service.base.database import Connection

SHAPE: dict[str, Any] = json.loads(Path(__file__).with_name("shape.json").read_bytes())


def shape_statements() -> list[str]:
    """The tables, then what refers to other tables; trigram indexes need an extension that is not everywhere."""
    sequences: list[str] = []
    tables: list[str] = []
    references: list[str] = []
    indexes: list[str] = []
    for name, table in SHAPE.items():
        columns = ", ".join(_column(column) for column in table["columns"])
        sequences += re.findall(r"nextval\('(\w+)'", columns)
        tables.append(f"CREATE TABLE public.{name} ({columns})")
        constrained = [each for each in table["constraints"] if not each[1].startswith("NOT NULL")]
        for constraint, definition in constrained:
            where = references if definition.startswith("FOREIGN KEY") else tables
            where.append(f"ALTER TABLE public.{name} ADD CONSTRAINT {constraint} {definition}")
        made_by_constraints = {constraint for constraint, _definition in constrained}
        indexes += [
            index
            for index in table["indexes"]
            if re.search(r"INDEX (\w+) ON", index)[1] not in made_by_constraints  # type: ignore[index]
            and "gin_trgm_ops" not in index
        ]
    return [*(f"CREATE SEQUENCE public.{name}" for name in sequences), *tables, *references, *indexes]


def _column(column: dict[str, Any]) -> str:
    null = "" if column["null"] else " NOT NULL"
    default = f" DEFAULT {column['default']}" if column["default"] else ""
    return f"{column['name']} {column['type']}{null}{default}"


# The licences as the site has them, under the ids of a service that stands alone.
LICENSES = """
INSERT INTO public.licenses (identifier, title, canonical_url, badge_path)
SELECT identifier, 'Creative Commons ' || identifier, 'https://creativecommons.org/' || identifier, '/badges/x.svg'
  FROM unnest(ARRAY['CC0-1.0', 'CC-BY-4.0', 'CC-BY-SA-4.0', 'CC-BY-ND-4.0', 'CC-BY-NC-4.0', 'CC-BY-NC-SA-4.0',
                    'CC-BY-NC-ND-4.0']) AS identifier
"""


async def build_original(connection: Connection) -> None:
    """All of it, in an empty database."""
    for statement in shape_statements():
        await connection.execute(statement)
    await connection.execute(LICENSES)
    await connection.execute(Path(__file__).with_name("hands.sql").read_text())
