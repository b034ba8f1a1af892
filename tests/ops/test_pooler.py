"""Behind a pooler: what cannot work is said in a sentence at the start, and not by every call."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from pmd_service.demo.stack import free_port
from pmd_service.ops.pooler import PoolerError, require_sessions

from .test_nginx import answers

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
"""
    )
    folder.chmod(0o755)
    # Root may not run it; whoever runs Postgres can reach its socket.
    user = ["-u", Path(host).owner()] if Path.home().owner() == "root" else []
    process = await asyncio.create_subprocess_exec(
        PGBOUNCER, *user, str(configuration), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(60):
            while not await answers(port):
                assert process.returncode is None
                await asyncio.sleep(0.05)
        yield f"postgresql://postgres@127.0.0.1:{port}/{database}"
    finally:
        process.terminate()
        await process.wait()


async def test_without_a_pooler_there_is_nothing_to_say(database_url: str) -> None:
    await require_sessions(database_url)


@needs_pgbouncer
@pytest.mark.parametrize(("mode", "ignored"), [("transaction", "lock_timeout"), ("session", "extra_float_digits")])
async def test_a_pooler_that_cannot_carry_the_service_is_named_with_what_it_needs(
    database_url: str, tmp_path: Path, mode: str, ignored: str
) -> None:
    if mode == "transaction" and keeps_statements_apart():
        pytest.skip("this PgBouncer can")
    async with pooled(database_url, tmp_path, mode=mode, ignored=ignored) as url:
        with pytest.raises(PoolerError, match="ignore_startup_parameters"):
            await require_sessions(url)


@needs_pgbouncer
async def test_a_pooler_in_session_mode_carries_the_service(database_url: str, tmp_path: Path) -> None:
    async with pooled(database_url, tmp_path, mode="session", ignored="lock_timeout") as url:
        await require_sessions(url)


def keeps_statements_apart() -> bool:
    assert PGBOUNCER is not None
    told = subprocess.run([PGBOUNCER, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    return tuple(int(part) for part in told.split(".")[:2]) >= (1, 21)
