"""Behind a pooler: what cannot work is reported at the start, and not by every call."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from pmd_service.base.pooler import NEEDED, PoolerError, require_sessions
from pmd_service.base.settings import Settings, environment
from pmd_service.demo.stack import free_port
from pmd_service.ops.doctor import diagnose

from ..conftest import Serve
from ..hang import HANG_SECONDS
from ..ops.proxies import answers
from ..site import Api, Site

ROOT = Path(__file__).parents[2]
PGBOUNCER = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/sbin:/bin")

needs_pgbouncer = pytest.mark.skipif(PGBOUNCER is None, reason="no pgbouncer is installed (apt-get install pgbouncer)")


@asynccontextmanager
async def pooled(database_url: str, folder: Path, *, mode: str, ignored: str) -> AsyncIterator[str]:
    """The address of a PgBouncer before this database."""
    assert PGBOUNCER is not None
    address, port = urlsplit(database_url), free_port()
    database = address.path.lstrip("/")
    host = parse_qs(address.query)["host"][0]
    configuration = folder / "pgbouncer.ini"
    configuration.write_text(
        f"""[databases]
{database} = host={host} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
ignore_startup_parameters = {ignored}
{"max_prepared_statements = 100" if keeps_statements_apart() else ""}
"""
    )
    folder.chmod(0o755)
    # Root may not run it; the user that runs Postgres can reach its socket.
    user = ["-u", Path(host).owner()] if os.geteuid() == 0 else []
    process = await asyncio.create_subprocess_exec(
        PGBOUNCER, *user, str(configuration), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(HANG_SECONDS):
            while not await answers(port):
                assert process.returncode is None
                await asyncio.sleep(0.05)
        yield f"postgresql://postgres@127.0.0.1:{port}/{database}"
    finally:
        process.terminate()
        await process.wait()


async def test_no_pooler_gives_no_finding(database_url: str) -> None:
    await require_sessions(database_url)


@needs_pgbouncer
@pytest.mark.parametrize(("mode", "ignored"), [("transaction", "lock_timeout"), ("session", "extra_float_digits")])
async def test_unsuitable_pooler_is_named_with_its_missing_settings(
    database_url: str, tmp_path: Path, mode: str, ignored: str
) -> None:
    if mode == "transaction" and keeps_statements_apart():
        pytest.skip("this PgBouncer can")
    async with pooled(database_url, tmp_path, mode=mode, ignored=ignored) as url:
        with pytest.raises(PoolerError, match="ignore_startup_parameters"):
            await require_sessions(url)


@needs_pgbouncer
async def test_start_and_doctor_report_what_the_pooler_lacks(settings: Settings, tmp_path: Path) -> None:
    if keeps_statements_apart():
        pytest.skip("this PgBouncer can")
    async with pooled(settings.database_url, tmp_path, mode="transaction", ignored="lock_timeout") as url:
        behind = msgspec.structs.replace(settings, database_url=url, listen_database_url=settings.database_url)
        found = {finding.name: finding for finding in await diagnose(behind)}
        assert (found["pooler"].is_well, found["pooler"].detail) == (False, NEEDED)
        assert found["listen"].is_well, "it goes to Postgres itself"
        for command in (["server.py"], [str(Path(sys.executable).with_name("arq")), "worker.WorkerSettings"]):
            started = await asyncio.to_thread(
                subprocess.run,
                [sys.executable, *command],
                cwd=ROOT,
                env=environment(msgspec.structs.replace(behind, port=free_port())),
                capture_output=True,
                text=True,
                check=False,
            )
            assert started.returncode != 0
            assert started.stderr.splitlines()[-1] == f"cannot start: {NEEDED}"


@needs_pgbouncer
async def test_pgbouncer_transaction_mode_with_prepared_statements_works(
    site: Site, settings: Settings, serve: Serve, tmp_path: Path
) -> None:
    if not keeps_statements_apart():
        pytest.skip("this PgBouncer cannot (before 1.21)")
    artist = await site.add_user()
    posts = await site.add_posts(artist, 8)
    async with pooled(settings.database_url, tmp_path, mode="transaction", ignored="lock_timeout") as url:
        behind = msgspec.structs.replace(settings, database_url=url, listen_database_url=settings.database_url)
        server = await serve(behind)
        async with Api(server.make_url("/"), behind) as api:
            body = {"action": "hide", "post_ids": posts}
            answers = await asyncio.gather(
                *(api.get("/api/pmd/posts", user=artist) for _ in range(40)),
                *(api.post("/api/pmd/action", body, user=artist) for _ in range(40)),
            )
        await server.close()
    assert {answer.status for answer in answers} == {200}


@needs_pgbouncer
async def test_pgbouncer_session_mode_works(database_url: str, tmp_path: Path) -> None:
    async with pooled(database_url, tmp_path, mode="session", ignored="lock_timeout") as url:
        await require_sessions(url)


def keeps_statements_apart() -> bool:
    assert PGBOUNCER is not None
    version = subprocess.run([PGBOUNCER, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    return tuple(int(part) for part in version.split(".")[:2]) >= (1, 21)
