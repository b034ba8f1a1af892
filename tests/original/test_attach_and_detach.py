"""The way of docs/site.md, as an operator goes it, there and back; the site's rows are what they were."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import asyncpg
import msgspec
import pytest
from click.testing import CliRunner

from pmd_service.base.settings import Settings
from pmd_service.demo.stack import Stack
from pmd_service.ops.cli import main

from ..conftest import Serve
from ..databases import Database
from ..site import Api
from .attached import MAP, OWNER, as_role
from .tables import SHAPE

ARTIST = 1
# The site's own; it alters nothing, and cannot run while a view shows the column.
MIGRATION = "ALTER TABLE public.posts ALTER COLUMN title TYPE varchar(128)"

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def admin(database: Database) -> list[str]:
    return ["--map", str(MAP), "--admin-url", as_role(database.url, OWNER)]


@pytest.fixture
def run(service_url: str, settings: Settings) -> Run:
    """A command as the service's role; its exit code, and its output."""
    environ = {
        "DATABASE_URL": service_url,
        "REDIS_URL": settings.redis_url,
        "BASE_URL": settings.base_url,
        "JWT_SECRET_KEY": settings.jwt_secret_key,
    }

    def run(*arguments: str) -> tuple[int, str]:
        with ThreadPoolExecutor(1) as thread:  # the commands run loops of their own
            result = thread.submit(CliRunner().invoke, main, list(arguments), env=environ).result()
        return result.exit_code, result.output

    return run


async def checksums(owner: asyncpg.Connection) -> dict[str, str]:
    """The contents of each of the site's tables, every column of every row."""
    return {
        table: await owner.fetchval(
            f"SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM public.{table} AS t"
        )
        for table in SHAPE
    }


async def test_attach_and_detach_keep_the_sites_data_but_user_changes(
    owner: asyncpg.Connection,
    admin: list[str],
    run: Run,
    service_url: str,
    settings: Settings,
    serve: Serve,
    stack: Stack,
) -> None:
    await owner.execute(
        """INSERT INTO public.batch_download_requests (id, user_id, post_ids, status, artwork_count)
           VALUES (gen_random_uuid(), 1, '{1,2}', 'failed', 2)"""
    )
    before = await checksums(owner)
    assert run("site", "attach", *admin, "--dry-run")[0] == 0
    assert await owner.fetchval("SELECT to_regnamespace('pmd')") is None
    for arguments in (("site", "attach", *admin), ("migrate",)):
        assert run(*arguments)[0] == 0
    code, output = run("site", "check")
    assert (code, output.count("ok ")) == (0, len(output.splitlines()))
    for count in (1, 0):
        taken = run("site", "import", *admin)
        assert taken == (0, f"{count} requests imported from public.batch_download_requests\n")
    assert await checksums(owner) == before

    server = await serve(msgspec.structs.replace(settings, database_url=service_url))
    async with Api(server.make_url("/"), settings) as api:
        await owner.execute("DROP SCHEMA hands CASCADE")
        hide = {"action": "hide", "post_ids": [1]}
        assert (await api.post("/api/pmd/action", hide, user=ARTIST)).status == 200
        assert {table for table, rows in (await checksums(owner)).items() if rows != before[table]} == {"posts"}
        with pytest.raises(asyncpg.FeatureNotSupportedError):
            await owner.execute(MIGRATION)
        stack.sql("GRANT CREATE ON SCHEMA public TO pmd")  # in the database “postgres”
        code, output = run("site", "detach", *admin)
        assert (code, "pmd-admin site attach" in output, "DROP OWNED" in output) == (0, True, False)
        assert run("site", "check")[0] == 1
        await owner.execute(MIGRATION)
        assert run("site", "attach", *admin)[0] == 0
        assert run("site", "check")[0] == 0
        assert (await api.post("/api/pmd/action", hide | {"action": "unhide"}, user=ARTIST)).status == 200
        assert await checksums(owner) == before

    code, output = run("site", "detach", *admin, "--for-good")
    assert (code, "run DROP OWNED BY pmd in: " in output, "DROP ROLE pmd" in output) == (0, True, True)
    stack.sql("REVOKE CREATE ON SCHEMA public FROM pmd")
    await owner.execute("DROP SCHEMA pmd CASCADE")
    await owner.execute(MIGRATION)
    assert await checksums(owner) == before
