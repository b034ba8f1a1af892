"""``pmd posts``: what is done to some posts by their ids is done at once; to what a filter finds, as one job."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

import click
import msgspec
from pmd_sdk import AsyncClient, apages, models
from pmd_sdk.aio import new_key

from .exit_codes import FAILED, OK, PARTLY_FAILED
from .ls import print_post
from .output import as_json, confirm, counted, dry_run, print_json, progress, would_be
from .session import CommandError, connected, until

F = TypeVar("F", bound=Callable[..., Any])
Action = Literal["delete", "hashtags", "hide", "license", "restore", "unhide"]

MAX_IDS = 128


def _day(_ctx: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    return f"{value}T00:00:00Z" if value and len(value) == len("2026-10-01") else value


_FILTERS = (
    click.option("-q", "q", help='A search: words, "phrases", -word, #tag, views>100 …'),
    click.option("--visibility", type=click.Choice(["visible", "hidden", "moderated"])),
    click.option("--hashtag"),
    click.option("--license", "license", metavar="IDENTIFIER", help="With this licence; empty: with none."),
    click.option("--format", "format", help="Of this file format."),
    click.option("--since", callback=_day, metavar="DATE", help="Not older, such as 2026-10-01, in UTC."),
    click.option("--until", callback=_day, metavar="DATE", help="Older than this, in UTC."),
)


def filtered(command: F) -> F:
    for option in reversed(_FILTERS):
        command = option(command)
    return command


def chosen(command: F) -> F:
    """A command on posts that are named, or found."""
    command = filtered(as_json(dry_run(command)))
    command = click.option("--all", "every", is_flag=True, help="All posts, where there is no filter.")(command)
    return click.argument("ids", nargs=-1, type=int)(command)


@click.group()
def posts() -> None:
    """List, hide, license, tag, edit and delete posts.

    Posts are named by their ids, or found by a filter; what a filter finds is changed in one job.
    """


@posts.command("list")
@filtered
@click.option("--state", type=click.Choice(["active", "deleted", "all"]))
@as_json
@connected
async def list_posts(client: AsyncClient, /, *, as_json: bool, **by: Any) -> None:
    """List posts."""
    async for post in apages(client.get_posts, **by):
        if as_json:
            print_json(post)
        else:
            print_post(post)


def _simple(name: Action, about: str) -> None:
    async def command(
        client: AsyncClient, /, ids: tuple[int, ...], *, every: bool, as_json: bool, dry_run: bool, **by: Any
    ) -> int:
        return await change(client, name, ids, by, every=every, as_json=as_json, dry_run=dry_run)

    command.__doc__ = about
    posts.command(name)(chosen(connected(command)))


_simple("hide", "Hide posts.")
_simple("unhide", "Show hidden posts again.")
_simple("restore", "Restore deleted posts.")


@posts.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@chosen
@connected
async def delete(
    client: AsyncClient, /, ids: tuple[int, ...], *, every: bool, yes: bool, as_json: bool, dry_run: bool, **by: Any
) -> int:
    """Delete posts. The key needs posts:delete (“pmd login --delete”)."""
    ask = None if yes or dry_run else "Delete"
    return await change(client, "delete", ids, by, every=every, as_json=as_json, dry_run=dry_run, ask=ask)


@posts.command("license")
@click.argument("identifier")
@chosen
@connected
async def license_posts(
    client: AsyncClient,
    /,
    identifier: str,
    ids: tuple[int, ...],
    *,
    every: bool,
    as_json: bool,
    dry_run: bool,
    **by: Any,
) -> int:
    """Give posts a licence, such as CC-BY-4.0; “none” takes it away."""
    licenses = (await client.get_own_licenses()).items
    found = next((each for each in licenses if each.identifier.lower() == identifier.lower()), None)
    if found is None and identifier != "none":
        raise click.UsageError(
            f"There is no licence {identifier}: {', '.join(each.identifier for each in licenses)}, none."
        )
    license_id = found.id if found else None
    return await change(
        client, "license", ids, by, every=every, as_json=as_json, dry_run=dry_run, license_id=license_id
    )


@posts.command()
@click.option("--add", multiple=True, metavar="HASHTAG")
@click.option("--remove", multiple=True, metavar="HASHTAG")
@chosen
@connected
async def tag(
    client: AsyncClient,
    /,
    ids: tuple[int, ...],
    add: tuple[str, ...],
    remove: tuple[str, ...],
    *,
    every: bool,
    as_json: bool,
    dry_run: bool,
    **by: Any,
) -> int:
    """Add and remove hashtags."""
    if not (add or remove):
        raise click.UsageError("Name hashtags with --add or --remove.")
    return await change(
        client,
        "hashtags",
        ids,
        by,
        every=every,
        as_json=as_json,
        dry_run=dry_run,
        add_hashtags=add,
        remove_hashtags=remove,
    )


@posts.command()
@click.argument("post_id", type=int)
@click.option("--title")
@click.option("--description")
@as_json
@dry_run
@connected
async def edit(
    client: AsyncClient, post_id: int, title: str | None, description: str | None, *, as_json: bool, dry_run: bool
) -> None:
    """Change a post's title and description; an empty description removes it."""
    if title is None and description is None:
        raise click.UsageError("Name a --title or a --description.")
    texts = models.PostTexts(
        title=msgspec.UNSET if title is None else title,
        description=msgspec.UNSET if description is None else description or None,
    )
    if dry_run:
        would_be({"id": post_id, "set": texts}, f"Post {post_id} would be changed.", as_json=as_json)
        return
    answer = await client.post_edit(post_ids=[post_id], set=texts)
    if as_json:
        print_json(answer)
    else:
        click.echo(answer.message)


@posts.command()
@click.argument("change_id", type=int)
@as_json
@connected
async def undo(client: AsyncClient, change_id: int, *, as_json: bool) -> int:
    """Undo a change that was made by a filter."""
    return await _follow(client, await client.post_bulk_undo(change_id), as_json=as_json)


async def change(
    client: AsyncClient,
    action: Action,
    ids: Sequence[int],
    by: dict[str, Any],
    *,
    every: bool,
    as_json: bool,
    dry_run: bool,
    ask: str | None = None,
    **what: Any,
) -> int:
    """Do it to the named posts, or to what the filter finds; returns the exit code."""
    by = {name: value for name, value in by.items() if value is not None}
    if bool(ids) + bool(by) + every != 1:
        raise click.UsageError("Name posts by their ids, or by a filter, or --all.")
    if action == "restore" and not ids:
        by["state"] = "deleted"
    count = len(set(ids)) if ids else (await client.get_count(**by)).total_count
    if dry_run:
        if action not in ("restore", "delete"):  # those take deleted posts, too, which cannot be read
            for each in ids:
                await client.get_post(each)
        would_be(
            {"action": action, "found_count": count}, f"{counted(count, 'post')} would be changed.", as_json=as_json
        )
        return OK
    if ask and not confirm(f"{ask} {counted(count, 'post')}?"):
        raise CommandError("Nothing was changed.")
    if ids:
        return await _at_once(client, action, sorted(set(ids)), what, as_json=as_json)
    started = await client.post_bulk(
        action=action, filter=models.BulkFilter(**by), expected_count=count, idempotency_key=new_key(), **what
    )
    return await _follow(client, started, as_json=as_json)


async def _at_once(client: AsyncClient, action: Action, ids: list[int], what: dict[str, Any], *, as_json: bool) -> int:
    affected = 0
    for first in range(0, len(ids), MAX_IDS):
        batch = ids[first : first + MAX_IDS]
        match action:
            case "license":
                answer = await client.post_license(post_ids=batch, **what)
            case "hashtags":
                answer = await client.post_edit(post_ids=batch, **what)
            case _:
                answer = await client.post_action(action=action, post_ids=batch)
        affected += answer.affected_count
    if as_json:
        print_json({"action": action, "changed_count": affected})
    else:
        click.echo(f"{counted(affected, 'post')} changed.")
    return OK


async def _follow(client: AsyncClient, started: models.BulkChange, *, as_json: bool) -> int:
    """Wait for the job, and say what has become of it."""
    done = 0
    with progress("Changing", started.found_count, silent=as_json) as advance:

        def show(change: models.BulkChange) -> None:
            nonlocal done
            advance(change.done_count - done)
            done = change.done_count

        ended = await until(
            lambda: client.get_bulk_change(started.id), lambda each: each.status not in ("pending", "running"), show
        )
    if as_json:
        print_json(ended)
    else:
        skipped = f", {ended.skipped_count} skipped" if ended.skipped_count else ""
        click.echo(
            f"{ended.changed_count} of {counted(ended.found_count, 'post')} changed{skipped}: change {ended.id}."
        )
        if ended.skipped_count:
            async for each in apages(client.get_skipped, ended.id):
                click.echo(f"  {each.post_id}: {each.reason}", err=True)
    if ended.status == "failed":
        raise CommandError(ended.error_message or "The change has failed.")
    return PARTLY_FAILED if ended.skipped_count else OK if ended.status == "completed" else FAILED
