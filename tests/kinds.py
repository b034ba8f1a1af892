"""The kinds of work, registered in a template as a worker does when it starts."""

import asyncio

import asyncpg

from pmd_service.jobs import KINDS
from pmd_service.work.registry import register_kinds


def register_in(database_url: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(database_url)
        await register_kinds(connection, KINDS, running_per_user=2)
        await connection.close()

    asyncio.run(run())
