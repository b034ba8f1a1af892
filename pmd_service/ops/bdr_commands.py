"""``pmd-admin bdr``: batch download requests."""

from contextlib import aclosing
from typing import get_args
from uuid import UUID

import click

from ..archive.sums import compute_all
from ..downloads.admin import list_requests, retry_request, show_request
from ..downloads.expiry import clean_up
from ..downloads.queries import Status
from ..vault import opened_vault
from ..work.queue import Queues
from .commands import in_loop, opened_pool


@click.group()
def bdr() -> None:
    """Batch download requests: list, show, retry, clean up."""


@bdr.command("list")
@click.option("--status", type=click.Choice(get_args(Status)), help="Only requests with this status.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@in_loop
async def list_command(status: str | None, limit: int) -> None:
    """List the newest requests of all users."""
    async with opened_pool() as (pool, _):
        for line in await list_requests(pool, status=status, limit=limit):
            built = f"{line.artwork_count - line.missing_count}/{line.artwork_count}"
            rest = f"{line.handle or '(gone)':<20} {line.error_message or ''}".rstrip()
            click.echo(f"{line.id}  {line.created_at:%Y-%m-%d %H:%M:%S}  {line.status:<10} {built:>7}  {rest}")


@bdr.command()
@click.argument("bdr_id", type=click.UUID)
@in_loop
async def show(bdr_id: UUID) -> None:
    """Show a request's row."""
    async with opened_pool() as (pool, _):
        row = await show_request(pool, bdr_id)
    if row is None:
        raise click.ClickException(f"there is no request {bdr_id}")
    for name, value in row.items():
        click.echo(f"{name:<18} {value}")


@bdr.command()
@click.argument("bdr_id", type=click.UUID)
@in_loop
async def retry(bdr_id: UUID) -> None:
    """Build a failed or expired request again. It does not count against the daily limit."""
    async with opened_pool() as (pool, settings), aclosing(Queues.connect(settings.redis_url)) as queues:
        if not await retry_request(pool, queues, bdr_id):
            raise click.ClickException(f"there is no failed or expired request {bdr_id}")


@bdr.command()
@in_loop
async def expire() -> None:
    """Run the daily clean-up now: expired archives, orphans, old rows."""
    async with opened_pool() as (pool, settings), opened_vault(settings) as vault:
        await vault.check()
        done = await clean_up(pool, vault)
    click.echo(
        f"{done.expired} expired, {done.orphans} orphans removed, {done.forgotten} rows deleted, {done.errors} errors"
    )
    if done.errors:
        raise click.exceptions.Exit(1)


@click.command()
@in_loop
async def sums() -> None:
    """Learn the checksum of every artwork ahead of downloads. If interrupted, run it again to continue."""
    known = unavailable = 0
    async with opened_pool() as (pool, settings), opened_vault(settings) as vault:
        async for page in compute_all(pool, vault):
            known, unavailable = known + page.known, unavailable + page.unavailable
    click.echo(f"{known} artworks known, {unavailable} unreadable")
