"""``pmd work``: what the console shows and does, at the command line."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any, Literal, get_args

import click
import msgspec

from ..base.database import Pool
from ..base.public_ids import PublicIds
from ..base.settings import Settings
from ..jobs import KINDS
from ..work.breaker_board import list_open_breakers
from ..work.missing_workers import find_missing
from ..work.orders import carry_out
from ..work.queue import Queues
from ..work.registry import format_count, read_kinds
from .commands import in_loop, opened_pool
from .console import orders, timeline
from .console.finding import Filter, State, WorkItem, find_work
from .console.orders import COMMAND, OperatorAct, WorkRef
from .console.overview import read_disk, read_kinds_of_work


@click.group()
def work() -> None:
    """Background work of every kind: find it, explain it, try it again, stop it, pause a kind."""


def _filters(command: Any) -> Any:
    for option in (
        click.option("--request", help="The id of the request it comes from."),
        click.option("--since", type=click.IntRange(1, 24 * 365), metavar="HOURS"),
        click.option("--attempt", type=click.IntRange(1, 10_000), help="At least so many attempts."),
        click.option("--error", help="What the reason or its code has in it."),
        click.option("--user", metavar="SQID_OR_HANDLE"),
        click.option("--kind", metavar="KIND"),
    ):
        command = option(command)
    return command


@work.command("list")
@click.option("--state", type=click.Choice(get_args(State)), help="Without one: what waits, runs or has failed.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@_filters
@in_loop
async def list_command(limit: int, **asked: Any) -> None:
    """Work of every kind, newest first."""
    async with _opened() as (pool, _, settings):
        for item in await _find(pool, settings, Filter(**asked), limit):
            click.echo(_line(item))


def _line(item: WorkItem) -> str:
    why = f"  {item.error} [{item.next_step}]" if item.error else ""
    when = f"{item.at:%Y-%m-%d %H:%M:%S}"
    return f"{item.kind:<8} {item.id:<36} {when}  {item.state:<8} {item.handle or '(gone)':<16} {item.title}{why}"


@work.command()
@click.argument("kind")
@click.argument("row_id", metavar="ID")
@in_loop
async def show(kind: str, row_id: str) -> None:
    """What happened to a row, from its request to the mail, and what operators did."""
    async with _opened() as (pool, _, settings):
        story = await timeline.tell(pool, PublicIds(settings.sqids_alphabet), COMMAND, WorkRef(kind, row_id))
    if story is None:
        raise click.ClickException(f"there is no {kind} {row_id}")
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
@click.argument("kind", required=False)
@click.argument("row_ids", metavar="[ID]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All that the filters find and that can succeed.")
@_filters
@in_loop
async def retry(row_ids: Sequence[str], *, every: bool, **asked: Any) -> None:
    """Let failed rows begin anew: these, or with --all what can succeed. It uses nobody's allowance."""
    async with _opened() as (pool, queues, settings):
        if every:
            found = await _find(pool, settings, Filter(state="failed", **asked), 1000)
            rows: Sequence[WorkRef] = [WorkRef(item.kind, item.id) for item in found if item.next_step == "retry"]
            click.echo(f"{len(rows)} of {len(found)} can succeed.")
        else:
            rows = _named(asked["kind"], row_ids)
        await _order(pool, queues, "retry", rows)


@work.command()
@click.argument("kind")
@click.argument("row_ids", metavar="ID...", nargs=-1, required=True)
@in_loop
async def cancel(kind: str, row_ids: Sequence[str]) -> None:
    """End rows that wait or run, for good."""
    async with _opened() as (pool, queues, _):
        await _order(pool, queues, "cancel", _named(kind, row_ids))


@work.command()
@click.argument("kind")
@in_loop
async def pause(kind: str) -> None:
    """Let nobody claim rows of this kind, in any worker; what runs goes on to its end."""
    await _pause(kind, is_paused=True)


@work.command()
@click.argument("kind")
@in_loop
async def resume(kind: str) -> None:
    """Let a kind that was paused go on."""
    await _pause(kind, is_paused=False)


@work.command()
@in_loop
async def kinds() -> None:
    """How much of each kind waits, runs and has failed, and what is paused or waits for what is away."""
    async with _opened() as (pool, queues, _settings):
        board = await list_open_breakers(pool)
        for kind in await read_kinds_of_work(pool, board):
            rests = f"  paused since {kind.paused_at:%Y-%m-%d %H:%M}" if kind.paused_at else ""
            away = f"  waits for {', '.join(kind.waits_for)}" if kind.waits_for else ""
            waiting, running, failed = map(format_count, (kind.waiting, kind.running, kind.failed))
            amounts = f"{waiting:>7} waiting {running:>5} running {failed:>7} failed"
            click.echo(f"{kind.name:<10}{amounts}{rests}{away}")
        missing = await find_missing(queues)
        disk = msgspec.structs.asdict(await read_disk(pool, None))
        del disk["free"]
    for each in board:
        asks = f", asks at {each.asks_at:%H:%M:%S}" if each.asks_at else ""
        click.echo(f"{each.dependency} is {each.state} since {each.since:%Y-%m-%d %H:%M:%S}{asks}: {each.error}")
    for sentence in missing:
        click.echo(sentence)
    click.echo(f"disk, in bytes: {', '.join(f'{name} {value:,}' for name, value in disk.items())}")


@work.command()
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@in_loop
async def log(limit: int) -> None:
    """What operators did, newest first."""
    async with _opened() as (pool, _, settings):
        for act in await orders.list_log(pool, PublicIds(settings.sqids_alphabet), limit=limit):
            about = " ".join(each for each in (act.kind, act.row_id, act.handle) if each)
            click.echo(f"{_act_line(act)}  {about}".rstrip())


def _act_line(act: OperatorAct) -> str:
    return f"{act.created_at:%Y-%m-%d %H:%M:%S} {act.actor or act.via} {act.action}: {act.outcome or 'ordered'}"


def _named(kind: str | None, row_ids: Sequence[str]) -> Sequence[WorkRef]:
    if kind is None or not row_ids:
        raise click.ClickException("name a kind and its rows, or use --all")
    return [WorkRef(kind, row_id) for row_id in row_ids]


async def _find(pool: Pool, settings: Settings, asked: Filter, limit: int) -> Sequence[WorkItem]:
    async with pool.acquire() as connection:
        known = await read_kinds(connection)
        return await find_work(connection, PublicIds(settings.sqids_alphabet), known, asked, limit=limit)


async def _order(pool: Pool, queues: Queues, action: Literal["retry", "cancel"], rows: Sequence[WorkRef]) -> None:
    """Order it, carry it out here and now, and say of each what became of it."""
    ids = await orders.order(pool, COMMAND, action, rows)
    while await carry_out(pool, queues, KINDS, ids):
        pass
    settled = await pool.fetch("SELECT kind, row_id, outcome FROM operator_log WHERE id = ANY($1) ORDER BY id", ids)
    for row in settled:
        click.echo(f"{row['kind']} {row['row_id']}: {row['outcome']}")
    if len(ids) < len(rows):
        raise click.ClickException("there is no such kind of work: see “pmd work kinds”")
    if any(row["outcome"] != "done" for row in settled):
        raise click.exceptions.Exit(1)


async def _pause(kind: str, *, is_paused: bool) -> None:
    async with _opened() as (pool, queues, _):
        if not await orders.pause(pool, queues, COMMAND, kind, is_paused=is_paused):
            raise click.ClickException(f"there is no kind of work “{kind}”: see “pmd work kinds”")


@asynccontextmanager
async def _opened() -> AsyncIterator[tuple[Pool, Queues, Settings]]:
    async with opened_pool() as (pool, settings), aclosing(Queues.connect(settings.redis_url)) as queues:
        yield pool, queues, settings
