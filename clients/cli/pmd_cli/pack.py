"""``pmd pack``."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from pmd_sdk import AsyncClient, apages, models

from .names import safe_name
from .output import as_json, counted, dry_run, print_json, print_row, progress, progress_to, sized, would_be
from .session import CommandError, connected, until

LICENSES = ("attribution", "commercial", "custom", "editorial", "personal", "royalty_free")


@click.group()
def pack() -> None:
    """List, build, publish and download packs."""


@pack.command("list")
@as_json
@connected
async def list_packs(client: AsyncClient, *, as_json: bool) -> None:
    """List the packs."""
    async for each in apages(client.get_packs):
        if as_json:
            print_json(each)
        else:
            print_row((each.id, f"{each.asset_count} files", f"edition {each.edition}", each.name), (6, 10, 10))


@pack.command()
@click.argument("name")
@click.argument("asset_ids", nargs=-1, type=int)
@click.option("-q", "query", help="The approved files that a search finds, instead of ids.")
@click.option("--license", "license_type", type=click.Choice(LICENSES), help="Of a new pack.")
@as_json
@dry_run
@connected
async def build(
    client: AsyncClient,
    name: str,
    asset_ids: tuple[int, ...],
    query: str | None,
    license_type: Any,
    *,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Build the pack's next edition; a new pack if there is none of this name.

    Without files, an existing pack keeps those that it has.
    """
    ids = [*asset_ids]
    if query is not None:
        ids += [each.id async for each in apages(client.get_assets, q=query, state="approved")]
    found = [each async for each in apages(client.get_packs) if each.name == name]
    if not found and not (ids and license_type):
        raise click.UsageError(f"There is no pack “{name}” yet: name files for it, and a --license.")
    if dry_run:
        what = counted(len(ids), "file") if ids else "the files that it has"
        edition = found[0].edition + 1 if found else 1
        sentence = f"{f'Edition {edition}' if found else 'A new pack'} would be built, with {what}."
        would_be({"id": found[0].id if found else None, "edition": edition}, sentence, as_json=as_json)
        return
    pack_id = found[0].id if found else (await client.post_pack(name=name, license_type=license_type)).id
    if ids:
        await client.put_pack_assets(pack_id, assets=[models.ChosenAsset(asset_id=each) for each in dict.fromkeys(ids)])
    started = await client.post_pack_export(pack_id)
    with progress_to("Building", 100, silent=as_json) as show:
        job = await until(
            lambda: client.get_job(started.export.id),
            lambda job: job.status not in ("pending", "running"),
            lambda job: show(job.progress),
        )
    if job.status != "completed":
        raise CommandError(job.error_message or "The edition was not built.")
    built = await client.get_pack(pack_id)
    if as_json:
        print_json(built)
    else:
        size = sized(built.total_size_bytes)
        click.echo(f"Edition {built.edition} of {name} is built: {counted(built.asset_count, 'file')}, {size}.")


@pack.command()
@click.argument("pack_id", type=int)
@click.option("--password", help="Needed to open the page.")
@click.option("--until", "expires_at", type=click.DateTime(), help="The page ends then, in UTC.")
@as_json
@dry_run
@connected
async def publish(
    client: AsyncClient,
    pack_id: int,
    password: str | None,
    expires_at: datetime | None,
    *,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Share the pack by a page of its own, and print the page's address."""
    found = await client.get_pack(pack_id)
    if dry_run:
        would_be({"pack_id": pack_id, "name": found.name}, f"{found.name} would be shared.", as_json=as_json)
        return
    ends = expires_at.replace(tzinfo=UTC) if expires_at else None
    link = await client.post_pack_link(pack_id, is_public=password is None, password=password, expires_at=ends)
    if as_json:
        print_json(link)
    else:
        click.echo(link.url)


@pack.command()
@click.argument("pack_id", type=int)
@click.option("--edition", type=int, help="Default: the latest.")
@click.option(
    "-o", "target", type=click.Path(dir_okay=False, path_type=Path), help="The file. Default: the pack's name, here."
)
@as_json
@connected
async def get(client: AsyncClient, pack_id: int, edition: int | None, target: Path | None, *, as_json: bool) -> None:
    """Download an edition, and go on where it was cut off."""
    found = await client.get_pack(pack_id)
    target = target or Path(safe_name(f"{found.slug}_v{edition or found.edition}.zip"))
    with progress("Downloading", 0, in_bytes=True, silent=as_json) as advance:
        await client.get_pack_download(pack_id, edition=edition).save(target, progress=advance)
    if as_json:
        print_json({"pack_id": pack_id, "file": str(target), "size_bytes": target.stat().st_size})
    else:
        click.echo(target)
