"""The ``pmd-admin`` command, for operators."""

import math
import os
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import asyncpg
import click
import redis

from ..base.database import create_pool
from ..base.migrations import MigrationError, SchemaError, migrate, require_migrated
from ..base.public_ids import PublicIds
from ..base.redis_client import sentence_of
from ..base.settings import DatabaseSettings, Settings, SettingsError
from ..demo.error import DemoError
from ..identity.tokens import Tokens
from ..identity.users import find_user
from ..site.attach import AttachError
from ..site.site_map import SiteMapError
from ..vault import VaultFaultError
from .bdr_commands import bdr, sums
from .commands import in_loop
from .doctor import diagnose
from .extra_commands import demo, run
from .site_commands import site
from .user_commands import require_named, user
from .vault_commands import vault
from .work_commands import work

# Errors with a cause outside of this program, reported as one line.
EXPECTED = (
    SettingsError, SchemaError, MigrationError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError,
    redis.RedisError, VaultFaultError, AttachError, SiteMapError, DemoError,
)  # fmt: skip


class Commands(click.Group):
    """Commands whose expected errors are one line on standard error and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # the reader has closed the pipe (“| head”): click exits silently
        except EXPECTED as error:
            raise click.ClickException(_in_one_line(error)) from error


def _in_one_line(error: BaseException) -> str:
    if isinstance(error, redis.RedisError):
        return sentence_of(error)
    if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
        return f"Postgres does not accept the user and password: {error}"
    return " ".join(str(error).split()).removeprefix("Error: ") or type(error).__name__


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--env-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="First read settings from a file of NAME=value lines.",
)
@click.version_option(package_name="pmd-service", prog_name="pmd-admin")
def main(env_file: Path | None) -> None:
    """Post management and batch download service.

    Settings come from the environment; see docs/configuration.md.
    """
    if env_file is not None:
        _load(env_file)


for command in (bdr, demo, run, site, sums, user, vault, work):
    main.add_command(command)


def _load(env_file: Path) -> None:
    """Read what systemd and Docker, which start the server with the same file, read as the same: nothing else.

    Both take a comment behind a value for a part of it, so that “pmd-admin token” would sign with another key.
    """
    try:
        text = env_file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{env_file} cannot be read: it is not UTF-8") from error
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip()[0] in "#;":
            continue
        try:
            words = shlex.split(line)
        except ValueError as error:
            raise SettingsError(f"{env_file}, line {number}: {error}") from error
        name, equals, value = words[0].partition("=")
        if len(words) > 1 and equals:
            raise SettingsError(
                f"{env_file}, line {number}: quote a value with spaces, and give a comment a line of its own"
            )
        if not (equals and name.isidentifier()) or "\0" in value:
            raise SettingsError(f"{env_file}, line {number} is not NAME=value")
        os.environ[name] = value


@main.command("migrate")
@click.argument("direction", type=click.Choice(["up", "down", "status"]), default="up")
def migrate_command(direction: Literal["up", "down", "status"]) -> None:
    """Apply all migrations, or list them, or revert the last one. Needs DATABASE_URL only."""
    click.echo(migrate(DatabaseSettings.from_environment().database_url, direction), nl=False)


@main.command()
def serve() -> None:
    """Serve HTTP on HOST and PORT, as “python server.py” does."""
    import server  # noqa: PLC0415 - the entry point itself, so that there is only one

    server.main()


WORKERS = {
    "all": "AllSettings",
    "downloads": "WorkerSettings",
    "media": "MediaSettings",
    "upkeep": "UpkeepSettings",
    **{queue: f"{queue.capitalize()}Settings" for queue in ("probes", "tasks", "packs", "imports", "publishing")},
}


@main.command()
@click.argument("part", default="all", metavar=f"[{'|'.join(WORKERS)}]")
def worker(part: str) -> None:
    """Run background work: all of it in one process, or a part. A suffix (“media-2”) only names a second process.

    Media are probes (of uploads), tasks, packs, imports and scheduled posts (publishing).
    """
    from arq import run_worker  # noqa: PLC0415

    if (name := part.partition("-")[0]) not in WORKERS:
        raise click.ClickException(f"there is no worker “{part}”: {', '.join(WORKERS)}")
    import worker as entry  # noqa: PLC0415 - reads the settings on import

    run_worker(getattr(entry, WORKERS[name]))


@main.command()
@click.argument("who", metavar="SQID_OR_HANDLE")
@click.option("--hours", type=click.FloatRange(min=0, min_open=True, max=24 * 365), default=1.0, show_default=True)
@in_loop
async def token(who: str, hours: float) -> None:
    """Print a token for a user, signed with JWT_SECRET_KEY."""
    if math.isnan(hours):
        raise click.BadParameter("nan is not a number of hours.", param_hint="'--hours'")
    settings = Settings.from_environment()
    if settings.jwt_algorithm != "HS256" or not settings.jwt_secret_key:
        raise click.ClickException(
            f"this needs JWT_ALGORITHM=HS256: with {settings.jwt_algorithm} the service has only a public key"
        )
    async with await create_pool(settings.database_url, application="pmd-token", max_size=1) as pool:
        await require_migrated(pool)
        found = await require_named(pool, settings, who)
        if await find_user(pool, PublicIds(settings.sqids_alphabet), found.sqid) is None:
            raise click.ClickException(f"“{who}” is deactivated or banned; the service would reject the token")
    click.echo(Tokens(settings).issue(found.sqid, datetime.now(UTC) + timedelta(hours=hours)))


@main.command()
@in_loop
async def doctor() -> None:
    """Check every dependency and say what is wrong. Exit code 1 if anything is."""
    findings = await diagnose(Settings.from_environment())
    for finding in findings:
        mark = {True: "well", False: "FAIL", None: "----"}[finding.is_well]
        click.echo(f"{mark}  {finding.name:<11} {finding.detail}")
    if any(finding.is_well is False for finding in findings):
        raise click.exceptions.Exit(1)
