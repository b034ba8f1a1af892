"""docs/schema.md is what the migrations make and the code writes."""

import asyncpg

from pmd_service.base.database import Pool

from .schema_page import PAGE, read_tables, render

_COLUMNS = """
SELECT table_name, column_name FROM information_schema.columns
  JOIN information_schema.tables USING (table_schema, table_name)
 WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND table_name <> 'schema_migrations'
"""


def test_schema_page_is_current() -> None:
    assert PAGE.read_text() == render(read_tables()), "run “make types”"


async def test_schema_page_has_every_table_and_column(pool: Pool) -> None:
    rows: list[asyncpg.Record] = await pool.fetch(_COLUMNS)
    described = {(table.name, column.name) for table in read_tables() for column in table.columns}
    assert described == {tuple(row) for row in rows}


def test_schema_page_has_a_purpose_and_a_writer_for_each_table() -> None:
    tables = read_tables()
    assert [table.name for table in tables if not table.purpose] == []
    site = {"licenses", "comments", "reactions"}
    assert {table.name for table in tables if not table.writers} == site
