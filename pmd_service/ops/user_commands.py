"""``pmd user``: everything of a user, to be given to them or to be erased."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from ..base.database import Pool
from ..base.public_ids import PublicIds
from ..base.settings import Settings
from ..identity.users import User, find_named
from ..vault import opened_vault
from .commands import in_loop, opened_pool
from .console.orders import COMMAND, did
from .user_data import owns_site
from .user_erase import erase_user
from .user_export import export_user


@click.group()
def user() -> None:
    """Everything of a user: export it, or erase it."""


@user.command()
@click.argument("who", metavar="SQID_OR_HANDLE")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@in_loop
async def export(who: str, file: Path) -> None:
    """Write everything of a user into FILE, a ZIP: rows as JSON lines, and the files they sent or published."""
    async with opened_pool() as (pool, settings), opened_vault(settings) as vault:
        whose = await require_named(pool, settings, who)
        with _new(file) as target:
            done = await export_user(pool, vault, whose.id, target)
        await did(pool, COMMAND, "export_user", user_id=whose.id)
    click.echo(f"{done.rows} rows and {done.files} files are in {file}")
    for key in done.missing:
        click.echo(f"missing in the vault: {key}", err=True)
    if done.missing:
        raise click.exceptions.Exit(1)


@contextmanager
def _new(file: Path) -> Iterator[BinaryIO]:
    """A file that was not there before, for its owner's eyes, and kept only where the block has come to its end.

    Raises:
        click.ClickException: it is there already, or cannot be made.
    """
    try:
        target = os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except FileExistsError:
        raise click.ClickException(f"{file} is there already, and is not written over") from None
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from None
    try:
        with target:
            yield target
    except BaseException:
        file.unlink(missing_ok=True)  # half of a ZIP is none, and would stand in the way of the next one
        raise


@user.command()
@click.argument("who", metavar="SQID_OR_HANDLE")
@click.confirmation_option(prompt="This cannot be undone. Erase everything of this user?")
@in_loop
async def erase(who: str) -> None:
    """Erase everything of a user: rows, objects in the vault, and their name in what stays."""
    async with opened_pool() as (pool, settings), opened_vault(settings) as vault:
        whose = await require_named(pool, settings, who)
        done = await erase_user(pool, vault, whose.id)
        await did(pool, COMMAND, "erase_user")
        has_site = await owns_site(pool)
    click.echo(f"{done.rows} rows and {done.objects} objects are gone")
    if done.kept:
        click.echo(f"{done.kept} objects follow with the sweep, when what holds them lets go")
    if not has_site:
        click.echo("The account, its posts, comments and reactions are the site's own: remove them there.")


async def require_named(pool: Pool, settings: Settings, who: str) -> User:
    """The one user of this public id or handle, whatever their standing.

    Raises:
        click.ClickException: nobody, or several, are called so.
    """
    found = await find_named(pool, PublicIds(settings.sqids_alphabet), who)
    if not found:
        raise click.ClickException(f"there is no user with the public id or handle “{who}”")
    if len(found) > 1:
        sqids = ", ".join(each.sqid for each in found)
        raise click.ClickException(f"several users are called “{who}”; name one by public id: {sqids}")
    return found[0]
