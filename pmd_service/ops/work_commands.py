"""``pmd-admin work``: the console at the command line."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import datetime
from typing import Any, Literal, get_args

import asyncpg
import click
import msgspec

from ..base.database import Pool
from ..base.public_ids import PublicIds
from ..base.settings import Settings
from ..jobs import KINDS
from ..work.breaker_board import list_open_breakers
from ..work.missing_workers import find_missing
from ..work.orders import BATCH as ORDERS
from ..work.orders import DONE, carry_out
from ..work.queue import Queues
from ..work.registry import format_count, read_kinds
from .commands import in_loop, opened_pool
from .console import orders, timeline
from .console.finding import Filter, State, WorkItem, find_work
from .console.orders import COMMAND, OperatorAct, WorkRef
from .console.overview import read_disk, read_kinds_of_work

_WAITS = "waits until what was there before is removed; then a worker does it"
# Rows per statement of “retry --all”.
BATCH = 1000


@click.group()
def work() -> None:
    """Find, explain, retry, cancel or pause background work."""


def _filters(command: Any) -> Any:
    for option in (
        click.option("--request", help="The id of the HTTP request that created it."),
        click.option("--since", type=click.IntRange(1, 24 * 365), metavar="HOURS", help="Within the last HOURS."),
        click.option("--attempt", type=click.IntRange(1, 10_000), help="With at least this many attempts."),
        click.option("--error", help="Part of the error message or its code."),
        click.option("--user", metavar="SQID_OR_HANDLE"),
        click.option("--kind", metavar="KIND"),
    ):
        command = option(command)
    return command


@work.command("list")
@click.option("--state", type=click.Choice(get_args(State)), help="Default: waiting, running and failed.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@_filters
@in_loop
async def list_command(limit: int, **wanted: Any) -> None:
    """List work, newest first."""
    async with _opened() as (pool, _, settings):
        for item in await _find(pool, settings, Filter(**wanted), limit):
            click.echo(_line(item))


def _line(item: WorkItem) -> str:
    why = f"  {item.error_message} [{item.next_step}]" if item.error_message else ""
    when = f"{item.at:%Y-%m-%d %H:%M:%S}"
    return f"{item.kind:<8} {item.id:<36} {when}  {item.state:<8} {item.handle or '(gone)':<16} {item.title}{why}"


@work.command()
@click.argument("kind")
@click.argument("row_id", metavar="ID")
@in_loop
async def show(kind: str, row_id: str) -> None:
    """Show what happened to a row, from its HTTP request to the mail, and what operators did."""
    async with _opened() as (pool, _, settings):
        story = await timeline.read_story(pool, PublicIds(settings.sqids_alphabet), COMMAND, WorkRef(kind, row_id))
    if story is None:
        raise click.ClickException(f"there is no {kind} {row_id}: see “pmd-admin work list”")
    for name, value in msgspec.to_builtins(story.item).items():
        click.echo(f"{name:<12} {'–' if value is None else value}")
    for event in story.events:
        took = "" if event.seconds is None else f"{event.seconds:10.3f} s"
        mark = "!" if event.is_fault else " "
        click.echo(f"{mark} {event.at:%H:%M:%S.%f} {took:>12}  {event.place:<10} {event.what}")
    for item in story.related:
        click.echo(f"also {_line(item)}")
    for act in story.acts:
        click.echo(f"by   {_act_line(act)}")


@work.command()
@click.argument("row_kind", metavar="[KIND]", required=False)  # not “kind”, which is an option
@click.argument("row_ids", metavar="[ID]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All that match the filters and can succeed.")
@_filters
@in_loop
async def retry(row_kind: str | None, row_ids: Sequence[str], *, every: bool, **wanted: Any) -> None:
    """Restart failed rows: these, or with --all every one that can succeed. It does not count as a user's request."""
    async with _opened() as (pool, queues, settings):
        if every:
            await retry_all(pool, queues, settings, Filter(state="failed", **wanted))
        else:
            await _order_named(pool, queues, "retry", _named(row_kind, row_ids))


@work.command()
@click.argument("kind")
@click.argument("row_ids", metavar="ID...", nargs=-1, required=True)
@in_loop
async def cancel(kind: str, row_ids: Sequence[str]) -> None:
    """End waiting or running rows for good."""
    async with _opened() as (pool, queues, _):
        await _order_named(pool, queues, "cancel", _named(kind, row_ids))


@work.command()
@click.argument("kind")
@in_loop
async def pause(kind: str) -> None:
    """Stop all workers from starting rows of this kind; running ones finish."""
    await _pause(kind, is_paused=True)


@work.command()
@click.argument("kind")
@in_loop
async def resume(kind: str) -> None:
    """Resume a paused kind."""
    await _pause(kind, is_paused=False)


@work.command()
@in_loop
async def kinds() -> None:
    """Show each kind's load, what is paused, unavailable dependencies, missing workers and the disk."""
    async with _opened() as (pool, queues, _settings):
        board = await list_open_breakers(pool)
        for kind in await read_kinds_of_work(pool, board):
            paused = f"  paused since {kind.paused_at:%Y-%m-%d %H:%M}" if kind.paused_at else ""
            waits = f"  waits for {', '.join(kind.waits_for)}" if kind.waits_for else ""
            waiting, running, failed = map(format_count, (kind.waiting, kind.running, kind.failed))
            amounts = f"{waiting:>7} waiting {running:>5} running {failed:>7} failed"
            click.echo(f"{kind.name:<12}{amounts}{paused}{waits}")
        missing = await find_missing(queues)
        disk = msgspec.structs.asdict(await read_disk(pool, None))
        del disk["free"]
    for each in board:
        probe = f", next probe at {each.probe_at:%H:%M:%S}" if each.probe_at else ""
        click.echo(f"{each.dependency} is {each.state} since {each.since:%Y-%m-%d %H:%M:%S}{probe}: {each.error}")
    for message in missing:
        click.echo(message)
    click.echo(f"disk, in bytes: {', '.join(f'{name} {value:,}' for name, value in disk.items())}")


@work.command()
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@in_loop
async def log(limit: int) -> None:
    """Show what operators did, newest first."""
    async with _opened() as (pool, _, settings):
        for act in await orders.list_log(pool, PublicIds(settings.sqids_alphabet), limit=limit):
            about = " ".join(each for each in (act.kind, act.row_id, act.handle) if each)
            click.echo(f"{_act_line(act)}  {about}".rstrip())


def _act_line(act: OperatorAct) -> str:
    return f"{act.created_at:%Y-%m-%d %H:%M:%S} {act.actor or act.via} {act.action}: {act.outcome or 'ordered'}"


def _no_such_kind(kind: str) -> click.ClickException:
    return click.ClickException(f"there is no kind of work “{kind}”: see “pmd-admin work kinds”")


def _named(kind: str | None, row_ids: Sequence[str]) -> Sequence[WorkRef]:
    if kind is None or not row_ids:
        raise click.ClickException("name a kind and its rows, or use --all")
    return [WorkRef(kind, row_id) for row_id in row_ids]


async def _find(
    pool: Pool, settings: Settings, wanted: Filter, limit: int, *, retryable_before: datetime | None = None
) -> Sequence[WorkItem]:
    ids = PublicIds(settings.sqids_alphabet)
    async with pool.acquire() as connection:
        known = await read_kinds(connection)
        if wanted.kind is not None and wanted.kind not in {kind.name for kind in known}:
            raise _no_such_kind(wanted.kind)
        try:
            return await find_work(connection, ids, wanted, limit=limit, retryable_before=retryable_before)
        except asyncpg.QueryCanceledError as error:
            raise click.ClickException("this takes too long: narrow it by --kind, --user or --since") from error


async def retry_all(pool: Pool, queues: Queues, settings: Settings, wanted: Filter) -> None:
    """Retry what had failed when the command began: a row that fails again meanwhile is not retried again."""
    began: datetime = await pool.fetchval("SELECT now()")
    done, refused = 0, set[WorkRef]()
    while True:
        limit = BATCH + len(refused)  # refused rows are found again
        found = await _find(pool, settings, wanted, limit, retryable_before=began)
        rows = [ref for item in found if (ref := WorkRef(item.kind, item.id)) not in refused]
        if not rows:
            break
        outcomes = await _order(pool, queues, "retry", rows)
        not_done = {ref for ref, outcome in outcomes if outcome != DONE}
        refused |= not_done
        done += len(rows) - len(not_done)
        for ref, outcome in outcomes:
            if ref in not_done:
                click.echo(f"{ref.kind} {ref.id}: {outcome}")
    click.echo(f"{done:,} retried, {len(refused):,} could not be")
    if refused:
        raise click.exceptions.Exit(1)


async def _order_named(pool: Pool, queues: Queues, action: Literal["retry", "cancel"], rows: Sequence[WorkRef]) -> None:
    outcomes = await _order(pool, queues, action, rows)
    for ref, outcome in outcomes:
        click.echo(f"{ref.kind} {ref.id}: {outcome}")
    if len(outcomes) < len(rows):
        raise _no_such_kind(rows[0].kind)
    if any(outcome != DONE for _, outcome in outcomes):
        raise click.exceptions.Exit(1)


async def _order(
    pool: Pool, queues: Queues, action: Literal["retry", "cancel"], rows: Sequence[WorkRef]
) -> Sequence[tuple[WorkRef, str]]:
    """Order it and carry it out in this process; returns each row's outcome."""
    ids = await orders.order(pool, COMMAND, action, rows)
    for place in range(0, len(ids), ORDERS):
        await carry_out(pool, queues, KINDS, ids[place : place + ORDERS])
    settled = await pool.fetch("SELECT kind, row_id, outcome FROM operator_log WHERE id = ANY($1) ORDER BY id", ids)
    return [(WorkRef(row["kind"], row["row_id"]), row["outcome"] or _WAITS) for row in settled]


async def _pause(kind: str, *, is_paused: bool) -> None:
    async with _opened() as (pool, queues, _):
        if not await orders.pause(pool, queues, COMMAND, kind, is_paused=is_paused):
            raise _no_such_kind(kind)


@asynccontextmanager
async def _opened() -> AsyncIterator[tuple[Pool, Queues, Settings]]:
    async with opened_pool() as (pool, settings), aclosing(Queues.connect(settings.redis_url)) as queues:
        yield pool, queues, settings
