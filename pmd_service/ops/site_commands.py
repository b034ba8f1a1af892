"""``pmd site``: attach the service to a site's own tables, look whether it fits, take the views away (docs/site.md)."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import asyncpg
import click

from ..base.database import create_pool
from ..base.settings import Settings
from ..site.attach import attach, attach_statements, databases_elsewhere, detach
from ..site.requests_import import import_requests
from ..site.site_map import SiteMap, load_site_map
from .commands import connected, in_loop
from .site_check import SLOW_MS, check_site

T = TypeVar("T")

map_option = click.option(
    "--map",
    "site_map",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    callback=lambda _ctx, _option, file: load_site_map(file),
    help="How the site's tables become the service's shape, in TOML.",
)
admin_option = click.option(
    "--admin-url",
    required=True,
    envvar="SITE_ADMIN_URL",
    metavar="DSN",
    help="The database as the owner of the site's tables; also from SITE_ADMIN_URL.",
)


@click.group()
def site() -> None:
    """Stand beside a site on its own tables; docs/site.md tells the whole way."""


@site.command("attach")
@map_option
@admin_option
@click.option("--dry-run", is_flag=True, help="Print what would be run, every index included.")
def attach_command(site_map: SiteMap, admin_url: str, *, dry_run: bool) -> None:
    """Put views, grants and missing indexes in front of the site's tables, in one transaction; again and again."""
    statements = (
        list(attach_statements(site_map, missing_indexes=list(site_map.indexes)))
        if dry_run
        else _as_admin(admin_url, lambda connection: attach(connection, site_map))
    )
    for statement in statements:
        click.echo(f"{statement};")
    if not dry_run:
        click.echo("-- attached; next: pmd migrate (as the service's role), then pmd site check", err=True)


@site.command("detach")
@map_option
@admin_option
def detach_command(site_map: SiteMap, admin_url: str) -> None:
    """Take the views away, so that the site's migrations may run; the service answers 503 until it is attached."""
    for statement in _as_admin(admin_url, lambda connection: detach(connection, site_map)):
        click.echo(f"{statement};")
    if elsewhere := _as_admin(admin_url, lambda connection: databases_elsewhere(connection, site_map)):
        owned = f"DROP OWNED BY {site_map.role}"
        click.echo(f"-- before DROP ROLE {site_map.role}, run {owned} in: {', '.join(elsewhere)}", err=True)


@site.command("import")
@map_option
@admin_option
@click.option("--from", "source", default="public.batch_download_requests", show_default=True, metavar="TABLE")
def import_command(site_map: SiteMap, admin_url: str, source: str) -> None:
    """Take over the site's earlier download requests, before the first clean-up; those that are here already stay."""
    count = _as_admin(admin_url, lambda connection: import_requests(connection, site_map, source=source))
    click.echo(f"{count} requests taken over from {source}")


@site.command("check")
@in_loop
async def check_command() -> None:
    """Run the service's statements on the site's tables, taken back, and tell what is slow, missing or not allowed."""
    settings = Settings.from_environment()
    async with await create_pool(settings.database_url, application="pmd-site-check", max_size=2) as pool:
        findings = await check_site(pool, settings)
    for finding in findings:
        slow = " (slow)" if finding.error is None and finding.milliseconds > SLOW_MS else ""
        told = finding.error or f"{finding.milliseconds:.1f} ms{slow}"
        click.echo(f"{'ok' if finding.error is None else 'NO':<4}{finding.what:<44}{told}")
    if any(finding.error is not None for finding in findings):
        raise click.exceptions.Exit(1)


@in_loop
async def _as_admin(admin_url: str, work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    async with connected(admin_url) as connection:
        return await work(connection)
