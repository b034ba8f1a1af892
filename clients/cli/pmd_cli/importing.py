"""``pmd import``: an archive of another place, its report first; and the imports so far."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import click
from click.shell_completion import CompletionItem
from pmd_sdk import AsyncClient, apages, models
from pmd_sdk.aio import new_key

from .exit_codes import FAILED, OK, PARTLY_FAILED
from .output import as_json, confirm, counted, dry_run, print_json, print_row, progress_to, would_be
from .push.files import find_file
from .push.push import push_files
from .push.terminal import Terminal
from .session import CommandError, connected, until

NOUNS = {"lost": "thing"}
OUTCOMES = {
    "make": "new",
    "change": "new, with a change",
    "present": "here already",
    "double": "in the archive twice",
    "skip": "left out",
    "lose": "lost",
}
_MADE_ELSEWHERE = "posts_are_made_elsewhere"
MAX_SHOWN = 20


class ArchiveOrCommand(click.Group):
    """What is no command's name is an archive's, so that “pmd import FILE” is enough."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        return super().resolve_command(ctx, args if args[0] in self.commands else ["archive", *args])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        return [*super().shell_complete(ctx, incomplete), CompletionItem(incomplete, type="file")]


@click.group("import", cls=ArchiveOrCommand, context_settings={"ignore_unknown_options": True})
def import_() -> None:
    """Import an archive: a takeout, or an export of another site.

    “pmd import FILE” is “pmd import archive FILE”.
    """


def _pair(_ctx: click.Context, option: click.Parameter, values: Sequence[str]) -> Mapping[str, str]:
    pairs = [value.partition("=") for value in values]
    if wrong := next((value for value, (_, sign, _) in zip(values, pairs, strict=True) if not sign), None):
        raise click.BadParameter(f"“{wrong}” is not OLD=NEW.", param=option)
    return {old: new for old, _, new in pairs}


@import_.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--as",
    "posts_as",
    type=click.Choice(["posts", "drafts", "files"]),
    default="posts",
    show_default=True,
    help="What posts become.",
)
@click.option("--form", help="What the archive is, if that is guessed wrong: “mastodon”, “table” …")
@click.option("--hidden", is_flag=True, help="Hide all posts at first.")
@click.option("--license", "licenses", multiple=True, callback=_pair, metavar="OLD=NEW", help="NEW may be “none”.")
@click.option("--warning", "warnings", multiple=True, callback=_pair, metavar="OLD=NEW", help="Of contents.")
@click.option("--hashtag", "hashtags", multiple=True, callback=_pair, metavar="OLD=NEW", help="“OLD=” leaves one out.")
@as_json
@dry_run
@connected
async def archive(
    client: AsyncClient,
    file: Path,
    *,
    yes: bool,
    posts_as: Literal["posts", "drafts", "files"],
    form: str | None,
    hidden: bool,
    licenses: Mapping[str, str],
    warnings: Mapping[str, str],
    hashtags: Mapping[str, str],
    as_json: bool,
    dry_run: bool,
) -> int:
    """Upload an archive, print its report, and import it once that is confirmed.

    With --dry-run it ends with the report; the archive stays in the library. What is there already stays as it is: the
    same command again makes what is left.
    """
    chosen = await _licenses(client, licenses)
    asset_id = await _uploaded(client, file, silent=as_json)
    started = await client.post_import(asset_id=asset_id, form=form, idempotency_key=new_key())
    report = await _ended(client, started.id, "Reading", silent=as_json)
    if report.status != "completed":
        raise CommandError(report.error_message or "The archive was not read: the import was cancelled.")
    if unknown := set(chosen).difference(report.report.licenses or {}):
        raise CommandError(f"The archive has no licence {', '.join(sorted(unknown))}.")
    planned = _planned(report, is_published=posts_as == "posts")
    if dry_run or not as_json:
        _print_report(report, as_json=as_json)
    if dry_run or planned == 0:
        click.echo("Nothing was made." if dry_run else "There is nothing new in it.", err=True)
        return OK
    if not (yes or confirm(f"Import {counted(planned, 'thing')}?")):
        raise click.Abort
    await client.post_import_start(
        report.id,
        posts_as=posts_as,
        is_hidden=hidden,
        licenses=chosen,
        hashtags={old: new.removeprefix("#") or None for old, new in hashtags.items()},
        warnings={old: new or None for old, new in warnings.items()},
    )
    done = await _ended(client, report.id, "Importing", silent=as_json)
    return await _print_result(client, done, as_json=as_json)


async def _licenses(client: AsyncClient, wanted: Mapping[str, str]) -> Mapping[str, int | None]:
    """The site's licences by the archive's names.

    Raises:
        UsageError: the site has no such licence.
    """
    if not wanted:
        return {}
    known: dict[str, int | None] = {
        each.identifier.lower(): each.id for each in (await client.get_own_licenses()).items
    }
    known["none"] = None
    if unknown := next((new for new in wanted.values() if new.lower() not in known), None):
        raise click.UsageError(f"There is no licence {unknown}: {', '.join(known)}.")
    return {old: known[new.lower()] for old, new in wanted.items()}


async def _uploaded(client: AsyncClient, file: Path, *, silent: bool) -> int:
    """The archive's id in the library, where it may have been already."""
    if (found := find_file(file, file.name)) is None:
        raise CommandError(f"{file} cannot be read.")
    terminal = Terminal(silent=silent)
    result = await push_files(client, [found], name=file.name, defaults=models.Defaults(), terminal=terminal)
    if not result.ended or (asset_id := result.ended[0].asset_id) is None:
        raise CommandError((result.ended and result.ended[0].error_message) or f"{file} cannot be read.")
    return asset_id


async def _ended(client: AsyncClient, import_id: int, title: str, *, silent: bool) -> models.Import:
    with progress_to(title, 100, silent=silent) as show:
        return await until(
            lambda: client.get_import(import_id),
            lambda state: state.status not in ("pending", "running"),
            lambda state: show(state.progress),
        )


def _planned(report: models.Import, *, is_published: bool) -> int:
    return sum(
        each.count
        for each in report.report.counts or ()
        if each.outcome in ("make", "change") or (not is_published and each.reason == _MADE_ELSEWHERE)
    )


def _print_report(report: models.Import, *, as_json: bool) -> None:
    if as_json:
        print_json(report)
        return
    order = [*OUTCOMES]
    for each in sorted(report.report.counts or (), key=lambda each: order.index(each.outcome)):
        noun = NOUNS.get(each.kind, each.kind)
        things = f"{each.count:,} series" if noun == "series" else counted(each.count, noun)
        count, _, noun = things.partition(" ")
        reason = each.reason and each.reason.replace("_", " ")
        print_row((count.rjust(9), noun, OUTCOMES[each.outcome], reason), (9, 6, 20))
    for name, license_id in (report.report.licenses or {}).items():
        if license_id is None:
            click.echo(f"“{name}” is not one of this site's licences: --license '{name}=…' chooses one.", err=True)


async def _print_result(client: AsyncClient, done: models.Import, *, as_json: bool) -> int:
    if as_json:
        print_json(done)
    else:
        await _print_failed(client, done)
        click.echo(f"{counted(done.made_count, 'thing')} made, {done.failed_count} not. “pmd import undo {done.id}”")
    if done.status != "completed":
        raise CommandError(done.error_message or "The import was cancelled. The same command goes on.")
    if done.failed_count == 0:
        return OK
    return PARTLY_FAILED if done.made_count else FAILED


async def _print_failed(client: AsyncClient, done: models.Import) -> None:
    if done.failed_count == 0:
        return
    for each in (await client.get_import_items(done.id, state="failed", limit=MAX_SHOWN)).items:
        click.echo(f"{each.title}: {each.message}")
    if done.failed_count > MAX_SHOWN:
        click.echo(f"… and {counted(done.failed_count - MAX_SHOWN, 'other')}.")


@import_.command("list")
@as_json
@connected
async def list_imports(client: AsyncClient, *, as_json: bool) -> None:
    """List the imports of the last 30 days."""
    async for each in apages(client.get_imports):
        if as_json:
            print_json(each)
        else:
            print_row((each.id, each.stage, each.status, f"{each.made_count} made", each.name), (6, 6, 9, 12))


@import_.command()
@click.argument("import_id", type=int)
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
@dry_run
@connected
async def undo(client: AsyncClient, import_id: int, *, yes: bool, as_json: bool, dry_run: bool) -> int:
    """Take back what an import has made, for 30 days; what has been used since stays.

    The key may have to delete (“pmd login --delete”).
    """
    found = await client.get_import(import_id)
    what = counted(found.made_count, "thing")
    if dry_run:
        would_be({"id": import_id}, f"{what} would be taken back.", as_json=as_json)
        return OK
    if not (yes or confirm(f"Take back {what} of {found.name}?")):
        raise click.Abort
    await client.post_import_undo(import_id)
    done = await _ended(client, import_id, "Taking back", silent=as_json)
    if as_json:
        print_json(done)
    else:
        left = f"; {counted(done.made_count, 'thing')} had been used since, and stayed" if done.made_count else ""
        click.echo(f"{counted(found.made_count - done.made_count, 'thing')} taken back{left}.")
    if done.status != "completed":
        raise CommandError(done.error_message or "The undo was cancelled. The same command goes on.")
    return OK
