"""``pmd keys``."""

import click
from pmd_sdk import AsyncClient, apages

from .output import as_json, dry_run, print_json, print_row
from .session import CommandError, connected

NO_KEYS = (
    "An access key may not see or revoke others: use the page's settings, or give a session's token in PMD_KEY. "
    "“pmd logout” revokes this one."
)


@click.group()
def keys() -> None:
    """List and revoke access keys."""


@keys.command("list")
@as_json
@connected
async def list_keys(client: AsyncClient, *, as_json: bool) -> None:
    """List the keys; by an access key, only itself."""
    viewer = await client.get_viewer()
    if viewer.key is not None:
        if as_json:
            print_json(viewer.key)
        else:
            print_row((viewer.key.id, viewer.key.name, " ".join(viewer.key.scopes)), (6, 24))
        return
    async for key in apages(client.get_keys):
        if as_json:
            print_json(key)
        else:
            used = "never used" if key.last_used_at is None else f"used {key.last_used_at:%Y-%m-%d %H:%M}"
            print_row(
                (key.id, key.hint, key.name, "revoked" if key.revoked_at else used, " ".join(key.scopes)),
                (6, 9, 24, 22),
            )


@keys.command()
@click.argument("key_id", type=int)
@as_json
@dry_run
@connected
async def revoke(client: AsyncClient, key_id: int, *, as_json: bool, dry_run: bool) -> None:
    """Revoke a key."""
    if (await client.get_viewer()).key is not None:
        raise CommandError(NO_KEYS, 3)
    key = await client.get_key(key_id)
    if not dry_run:
        await client.delete_key(key_id)
    if as_json:
        print_json(key if dry_run else await client.get_key(key_id))
    else:
        click.echo(f"{key.name} ({key.hint}…) {'would be' if dry_run else 'is'} revoked.")
