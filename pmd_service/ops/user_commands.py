"""``pmd-admin user``: export or erase all data of a user."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from ..base.database import Pool
from ..base.public_ids import PublicIds
from ..base.settings import Settings
from ..erasure.erase import erase_user
from ..erasure.user_data import owns_site
from ..identity.users import User, find_named
from ..vault import opened_vault
from .commands import confirm, in_loop, opened_pool
from .console.orders import COMMAND, record_act
from .user_export import export_user


@click.group()
def user() -> None:
    """All data of a user: export it, or erase it."""


@user.command()
@click.argument("who", metavar="SQID_OR_HANDLE")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@in_loop
async def export(who: str, file: Path) -> None:
    """Write all data of a user to FILE, a ZIP: rows as JSON lines, and the files that they uploaded or published."""
    async with opened_pool() as (pool, settings), opened_vault(settings) as vault:
        found = await require_named(pool, settings, who)
        with _new(file) as target:
            done = await export_user(pool, vault, found.id, target)
        await record_act(pool, COMMAND, "export_user", user_id=found.id)
    click.echo(f"{done.rows} rows and {done.files} files are in {file}")
    for key in done.missing:
        click.echo(f"missing in the vault: {key}", err=True)
    if done.missing:
        raise click.exceptions.Exit(1)


@contextmanager
def _new(file: Path) -> Iterator[BinaryIO]:
    """A new file, readable by its owner only, which is removed if the block fails.

    Raises:
        click.ClickException: it exists, or cannot be created.
    """
    try:
        target = os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except FileExistsError:
        raise click.ClickException(f"{file} exists already and is not overwritten") from None
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from None
    try:
        with target:
            yield target
    except BaseException:
        file.unlink(missing_ok=True)  # an incomplete ZIP is useless, and would block the next export
        raise


def _require_consent(_ctx: click.Context, _option: click.Parameter, is_given: bool) -> None:
    if not is_given:
        confirm("This cannot be undone. Erase all data of this user?")


@user.command()
@click.argument("who", metavar="SQID_OR_HANDLE")
@click.option("--yes", is_flag=True, expose_value=False, callback=_require_consent, help="Do not ask.")
@in_loop
async def erase(who: str) -> None:
    """Erase all data of a user: rows, objects in the vault, and their name in the logs of acts that remain."""
    async with opened_pool() as (pool, settings), opened_vault(settings) as vault:
        found = await require_named(pool, settings, who)
        done = await erase_user(pool, vault, found)
        await record_act(pool, COMMAND, "erase_user")
        has_site = await owns_site(pool)
    click.echo(f"{done.rows} rows and {done.objects} objects erased")
    if done.kept:
        click.echo(f"{done.kept} objects are still in use; the sweep removes them later")
    if not has_site:
        click.echo("The account, its posts, comments and reactions are in the site's own tables: remove them there.")


async def require_named(pool: Pool, settings: Settings, who: str) -> User:
    """The user with this public id or handle, even if deactivated or banned.

    Raises:
        click.ClickException: there is none, or several share the handle.
    """
    found = await find_named(pool, PublicIds(settings.sqids_alphabet), who)
    if not found:
        raise click.ClickException(f"there is no user with the public id or handle “{who}”")
    if len(found) > 1:
        sqids = ", ".join(each.sqid for each in found)
        raise click.ClickException(f"several users have the handle “{who}”; use one of these public ids: {sqids}")
    return found[0]
