"""``pmd-admin vault``: copy a vault, and check it against the database."""

from pathlib import Path

import click

from ..base.database import create_pool
from ..base.migrations import require_migrated
from ..base.settings import Settings
from ..base.store_url import StoreUrl
from ..vault.copy import copy_vault
from ..vault.opened import named_vault, opened_vault
from .commands import connected, in_loop
from .vault_check import Check, HalfReceived


@click.group()
def vault() -> None:
    """Copy or check the vault of artworks, archives and uploads."""


@vault.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--verify", is_flag=True, help="Also read and compare objects that exist already.")
@in_loop
async def copy(source: str, target: str, verify: bool) -> None:
    """Copy a vault into another while the service runs. FROM and TO are folders or s3://bucket/prefix?endpoint=… .

    Existing objects are skipped: run it again to continue, and once more after switching vaults.
    """
    async with named_vault(source) as origin, named_vault(target) as destination:
        (store, inside), (its_store, place) = _place_of(source), _place_of(target)
        if store == its_store and place.startswith(inside):
            raise click.ClickException(f"{target} is within {source}: each copy would contain the copies before it")
        done = await copy_vault(
            origin, destination, verify=verify, report=lambda message: click.echo(message, err=True)
        )
    click.echo(
        f"{done.copied} copied ({done.bytes / 1e6:,.1f} MB), {done.there} existed already, "
        f"{done.vanished} removed meanwhile, {done.failed} failed"
    )
    if done.failed:
        raise click.exceptions.Exit(1)


def _place_of(name: str) -> tuple[str, str]:
    """The store that a vault is in, and how all names of its objects begin there."""
    if name.startswith("s3://"):
        url = StoreUrl.parse(name)
        return f"{url.endpoint}/{url.bucket}", url.prefix
    return "", f"{Path(name).resolve()}/"


@vault.command()
@click.option("--repair", is_flag=True, help="Schedule orphans for removal, and record what is lost.")
@click.option("--read", is_flag=True, help="Also read each library file and compare its SHA-256.")
@in_loop
async def check(repair: bool, read: bool) -> None:
    """Compare the database with the vault's objects, both ways, while the service runs.

    Exit code 1 if something is lost or has other bytes. Objects that no row names are removed a day after --repair.
    """
    settings = Settings.from_environment()
    async with (
        connected(settings.listen_dsn) as connection,  # directly, not through a pooler: it creates temporary tables
        await create_pool(settings.database_url, application="pmd-vault-check", max_size=2) as pool,
        opened_vault(settings) as opened,
    ):
        await require_migrated(pool)
        comparison = Check(connection, pool, opened, scrub_days=settings.scrub_days, report=click.echo)
        found = await comparison.run(repair=repair, read=read)
    click.echo(_half_received(found.half_received))
    click.echo(
        f"{found.objects} objects: {found.lost} lost, {found.other_bytes} of other bytes, {found.orphaned} orphaned"
    )
    if found.lost or found.other_bytes:
        raise click.exceptions.Exit(1)


def _half_received(received: HalfReceived) -> str:
    if not received.files:
        return "no half-received files"
    size, idle = f"{received.bytes / 1e6:,.1f} MB", f"{received.seconds / 3600:.1f} h"
    return f"{received.files} half-received ({size}, oldest idle for {idle}), {received.orphaned} without an upload"
