"""``pmd-admin site``: attach the service to a site's own tables, check that, and detach it (docs/site.md)."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import asyncpg
import click

from ..base.database import create_pool
from ..base.settings import Settings
from ..site.attach import attach, attach_statements, detach, other_databases
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
    help="The mapping of the site's tables, a TOML file.",
)
admin_option = click.option(
    "--admin-url",
    required=True,
    envvar="SITE_ADMIN_URL",
    metavar="DSN",
    help="The database, as the owner of the site's tables; also SITE_ADMIN_URL.",
)


@click.group()
def site() -> None:
    """Run on a site's own tables; see docs/site.md."""


@site.command("attach")
@map_option
@admin_option
@click.option("--dry-run", is_flag=True, help="Only print the statements, every index included.")
def attach_command(site_map: SiteMap, admin_url: str, *, dry_run: bool) -> None:
    """Create views, grants and missing indexes for the site's tables, in one transaction; can be repeated."""
    statements = (
        list(attach_statements(site_map, missing_indexes=list(site_map.indexes)))
        if dry_run
        else _as_admin(admin_url, lambda connection: attach(connection, site_map))
    )
    for statement in statements:
        click.echo(f"{statement};")
    if not dry_run:
        click.echo("-- attached; next: pmd-admin migrate (as the service's role), then pmd-admin site check", err=True)


@site.command("detach")
@map_option
@admin_option
@click.option("--for-good", is_flag=True, help="The service is being removed: list what else there is to drop.")
def detach_command(site_map: SiteMap, admin_url: str, *, for_good: bool) -> None:
    """Drop the views, so that the site can migrate; the service answers 503 until it is attached again."""
    for statement in _as_admin(admin_url, lambda connection: detach(connection, site_map)):
        click.echo(f"{statement};")
    if for_good:
        for advice in _removal(
            site_map, _as_admin(admin_url, lambda connection: other_databases(connection, site_map))
        ):
            click.echo(f"-- {advice}", err=True)
    else:
        click.echo("-- detached, nothing is lost; after the site's migrations: pmd-admin site attach", err=True)


def _removal(site_map: SiteMap, elsewhere: Sequence[str]) -> Iterator[str]:
    """What destroys the service's own data and its role, for an operator who removes it."""
    yield f"this destroys all data of the service: DROP SCHEMA {site_map.schema} CASCADE"
    if site_map.indexes:
        yield f"DROP INDEX {', '.join(site_map.indexes)}"
    if elsewhere:
        yield f"before DROP ROLE, run DROP OWNED BY {site_map.role} in: {', '.join(elsewhere)}"
    yield f"as a superuser: DROP ROLE {site_map.role}"


@site.command("import")
@map_option
@admin_option
@click.option("--from", "source", default="public.batch_download_requests", show_default=True, metavar="TABLE")
def import_command(site_map: SiteMap, admin_url: str, source: str) -> None:
    """Import the site's earlier download requests, before the first clean-up; existing ones are kept."""
    count = _as_admin(admin_url, lambda connection: import_requests(connection, site_map, source=source))
    click.echo(f"{count} requests imported from {source}")


@site.command("check")
@in_loop
async def check_command() -> None:
    """Run the service's statements on the site's tables, rolled back, and report what is slow or fails."""
    settings = Settings.from_environment()
    async with await create_pool(settings.database_url, application="pmd-site-check", max_size=2) as pool:
        findings = await check_site(pool, settings)
    for finding in findings:
        slow = " (slow)" if finding.error is None and finding.milliseconds > SLOW_MS else ""
        result = finding.error or f"{finding.milliseconds:.1f} ms{slow}"
        click.echo(f"{'ok' if finding.error is None else 'NO':<4}{finding.what:<44}{result}")
    if any(finding.error is not None for finding in findings):
        raise click.exceptions.Exit(1)


@in_loop
async def _as_admin(admin_url: str, work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    async with connected(admin_url) as connection:
        return await work(connection)
