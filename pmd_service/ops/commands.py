"""Shared by the ``pmd-admin`` commands: running coroutines, and connecting to the database of the settings."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import asyncpg
import click

from ..base.database import Pool, create_pool
from ..base.hosts import connect
from ..base.migrations import require_migrated
from ..base.settings import Settings
from ..base.telemetry import configure_logging
from ..base.unreachable import name_address

P = ParamSpec("P")
T = TypeVar("T")


def in_loop(command: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Make a coroutine function callable by click."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return asyncio.run(command(*args, **kwargs))

    return run


def confirm(question: str) -> None:
    """Raises: Abort: the answer is no. UsageError: nobody can answer, as in a cron job."""
    try:
        is_sure = click.confirm(question, err=True)
    except (click.Abort, RuntimeError) as error:  # the end of the input, or none at all
        if sys.stdin is not None and sys.stdin.isatty():
            raise
        raise click.UsageError("Nobody can answer here: repeat it with --yes.") from error
    if not is_sure:
        raise click.Abort


@asynccontextmanager
async def opened_pool() -> AsyncIterator[tuple[Pool, Settings]]:
    settings = Settings.from_environment()
    configure_logging("console")
    async with await create_pool(settings.database_url, application="pmd", max_size=2) as pool:
        await require_migrated(pool)
        yield pool, settings


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A single connection."""
    with name_address(url):
        connection = await connect(url, timeout=10)
    try:
        yield connection
    finally:
        await connection.close()
