"""``pmd vault``: moving from one vault to another."""

import asyncio

import click

from ..vault.copy import Copied, copy_vault
from ..vault.opened import named_vault


@click.group()
def vault() -> None:
    """The vault: where artworks, archives and uploads live."""


@vault.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--verify", is_flag=True, help="Read and compare also what is there already.")
def copy(source: str, target: str, verify: bool) -> None:
    """Copy a vault into another while the service runs; FROM and TO are folders or s3://bucket/prefix?endpoint=… .

    What is there already is passed over: run it again to go on after a break, and once more after the change of vaults.
    """

    async def copied() -> Copied:
        async with named_vault(source) as origin, named_vault(target) as destination:
            return await copy_vault(
                origin, destination, verify=verify, told=lambda sentence: click.echo(sentence, err=True)
            )

    done = asyncio.run(copied())
    click.echo(
        f"{done.copied} copied ({done.bytes / 1e6:,.1f} MB), {done.there} there already, "
        f"{done.vanished} removed meanwhile, {done.failed} failed"
    )
    if done.failed:
        raise click.exceptions.Exit(1)
