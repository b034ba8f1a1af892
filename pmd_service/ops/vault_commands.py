"""``pmd vault``: moving from one vault to another, and reckoning one against the database."""

import click

from ..base.database import create_pool
from ..base.migrations import require_migrated
from ..base.settings import Settings
from ..vault.copy import copy_vault
from ..vault.opened import named_vault, opened_vault
from .commands import connected, in_loop
from .vault_check import Check, HalfReceived


@click.group()
def vault() -> None:
    """The vault: where artworks, archives and uploads live."""


@vault.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--verify", is_flag=True, help="Read and compare also what is there already.")
@in_loop
async def copy(source: str, target: str, verify: bool) -> None:
    """Copy a vault into another while the service runs; FROM and TO are folders or s3://bucket/prefix?endpoint=… .

    What is there already is passed over: run it again to go on after a break, and once more after the change of vaults.
    """
    async with named_vault(source) as origin, named_vault(target) as destination:
        done = await copy_vault(
            origin, destination, verify=verify, told=lambda sentence: click.echo(sentence, err=True)
        )
    click.echo(
        f"{done.copied} copied ({done.bytes / 1e6:,.1f} MB), {done.there} there already, "
        f"{done.vanished} removed meanwhile, {done.failed} failed"
    )
    if done.failed:
        raise click.exceptions.Exit(1)


@vault.command()
@click.option("--repair", is_flag=True, help="Mend what can be: leave orphans to the sweep, note what is lost.")
@click.option("--read", is_flag=True, help="Read each file of the libraries too, and compare it with its SHA-256.")
@in_loop
async def check(repair: bool, read: bool) -> None:
    """Reckon what the database names against what the vault has, both ways, while the service runs.

    Exit code 1 if something is lost or has other bytes. What no row names is removed a day after --repair.
    """
    settings = Settings.from_environment()
    async with (
        connected(settings.listen_dsn) as connection,  # itself, and no pooler: it gets temporary tables
        await create_pool(settings.database_url, application="pmd-vault-check", max_size=2) as pool,
        opened_vault(settings) as opened,
    ):
        await require_migrated(pool)
        reckoning = Check(connection, pool, opened, scrub_days=settings.scrub_days, tell=click.echo)
        found = await reckoning.run(repair=repair, read=read)
    click.echo(_half_received(found.half_received))
    click.echo(
        f"{found.objects} objects: {found.lost} lost, {found.other_bytes} of other bytes, {found.orphaned} orphaned"
    )
    if found.lost or found.other_bytes:
        raise click.exceptions.Exit(1)


def _half_received(coming: HalfReceived) -> str:
    if not coming.files:
        return "nothing is half received"
    size, rests = f"{coming.bytes / 1e6:,.1f} MB", f"{coming.seconds / 3600:.1f} h"
    whose = f"{coming.orphaned} of them for no upload any more"
    return f"{coming.files} half-received ({size}, the oldest rests for {rests}), {whose}"
