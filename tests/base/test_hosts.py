"""One address with several hosts: connections and migrations go to the primary."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from pmd_service.base import hosts
from pmd_service.base.database import create_pool
from pmd_service.base.hosts import NoPrimaryError, connect, find_primary, hosts_of
from pmd_service.base.migrations import MigrationError, migrate
from pmd_service.base.settings import DatabaseSettings, SettingsError
from pmd_service.base.unreachable import DatabaseUnreachableError

from ..hang import HANG_SECONDS

OF_EACH = {
    "postgresql://pmd:a%40b@one:5433,two/pmd?sslmode=require": [
        "postgresql://pmd:a%40b@one:5433/pmd?sslmode=require",
        "postgresql://pmd:a%40b@two/pmd?sslmode=require",
    ],
    "postgresql://one,two/pmd?target_session_attrs=read-write": ["postgresql://one/pmd", "postgresql://two/pmd"],
    "postgresql://pmd@/pmd?host=/run/one,/run/two": [
        "postgresql://pmd@/pmd?host=%2Frun%2Fone",
        "postgresql://pmd@/pmd?host=%2Frun%2Ftwo",
    ],
    "postgresql:///pmd?host=one,two&port=1,2": [
        "postgresql:///pmd?host=one&port=1",
        "postgresql:///pmd?host=two&port=2",
    ],
    "postgresql:///pmd?host=one,two&port=1": ["postgresql:///pmd?host=one&port=1", "postgresql:///pmd?host=two&port=1"],
    "postgresql://[::1]:5432,[::2]:5433/pmd": ["postgresql://[::1]:5432/pmd", "postgresql://[::2]:5433/pmd"],
    "postgresql://one/pmd?target_session_attrs=primary&sslmode=prefer": ["postgresql://one/pmd?sslmode=prefer"],
    "postgresql:///pmd": ["postgresql:///pmd"],
    "postgresql://pmd@/pmd?host=/run/one&options=-c%20work_mem%3D1MB": [
        "postgresql://pmd@/pmd?host=/run/one&options=-c%20work_mem%3D1MB"
    ],
}


@pytest.mark.parametrize("dsn", OF_EACH)
def test_address_of_several_hosts_is_one_address_of_each(dsn: str) -> None:
    assert hosts_of(dsn) == OF_EACH[dsn]


@pytest.mark.parametrize(
    ("dsn", "reason"),
    [
        ("postgresql://one:a,two/pmd", "DATABASE_URL has no readable host and port"),
        ("postgresql:///pmd?host=one,two,three&port=1,2", "DATABASE_URL: 3 hosts, and 2 ports"),
        ("postgresql://one,two/pmd?target_session_attrs=any", "DATABASE_URL: target_session_attrs is any"),
        ("postgresql://one/pmd?target_session_attrs=standby", "needs the primary"),
    ],
)
def test_address_that_names_no_primary_is_refused_at_the_start(dsn: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        DatabaseSettings.from_environment({"DATABASE_URL": dsn})


@pytest.fixture
async def silent() -> AsyncIterator[Path]:
    """The socket's folder of a host that accepts and never answers; a socket's path is short."""

    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    with TemporaryDirectory() as name:
        folder = Path(name)
        async with await asyncio.start_unix_server(keep_silent, folder / ".s.PGSQL.5432"):
            yield folder


@pytest.fixture
def beside(database_url: str, silent: Path) -> str:
    """The test's database behind that host."""
    address = urlsplit(database_url)
    return f"postgresql://postgres@{address.path}?host={silent},{parse_qs(address.query)['host'][0]}"


@pytest.mark.own_tables
async def test_silent_hosts_leave_the_next_one_its_time(
    beside: str, silent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "HOST_SECONDS", HANG_SECONDS)
    three = beside.replace("host=", f"host={silent}/../{silent.name},")
    async with asyncio.timeout(HANG_SECONDS / 2), await create_pool(three, application="test", max_size=2) as pool:
        assert await pool.fetchval("SELECT current_database()") == urlsplit(beside).path[1:]
    assert await find_primary(beside) == hosts_of(beside)[1]


@pytest.mark.own_tables
async def test_missing_primary_error_names_each_host(silent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "HOST_SECONDS", 0.1)
    dsn = f"postgresql://postgres:hidden@/pmd?host={silent},/nowhere"
    with pytest.raises(NoPrimaryError) as raised:
        await connect(dsn)
    message = f"no host is a primary that answers: {silent} does not answer, /nowhere fails (No such file or directory)"
    assert str(raised.value) == message
    with pytest.raises(DatabaseUnreachableError, match="no host is a primary"):
        await create_pool(dsn, application="test")
    with pytest.raises(MigrationError, match="no host is a primary"):
        await asyncio.to_thread(migrate, dsn)


@pytest.mark.own_tables
async def test_primary_that_refuses_is_not_passed_over(beside: str, silent: Path) -> None:
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await connect(beside.replace("?", "_not?").replace(str(silent), "/nowhere"))
