"""Redis by its URL: Sentinels, TLS, and what is refused."""

import asyncio
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from redis.asyncio import Redis, SSLConnection
from redis.asyncio.sentinel import SentinelManagedSSLConnection
from redis.exceptions import ConnectionError as RedisConnectionError

from pmd_service.base.redis_client import CLUSTER, check_redis_url, redis_client
from pmd_service.base.settings import Settings, SettingsError, environment
from pmd_service.demo.stack import Stack, free_port
from pmd_service.ops.doctor import diagnose

from ..forked import ROOT
from ..ops.test_entry_points import ARQ
from ..s3 import proxied
from ..valkeys import Valkey, certificate, started
from .test_settings import GOOD


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost",
        "redis://:secret@localhost:6379/3",
        "unix:///run/valkey.sock?db=1",
        "rediss://pmd:secret@localhost/0?ssl_ca_certs=/etc/ca.pem&ssl_check_hostname=false",
        "redis+sentinel://one,two:26380/mymaster",
        "rediss+sentinel://pmd:a%2Fb@[::1]:1,two:2/mymaster/5?sentinel_password=x&ssl_ca_certs=/etc/ca.pem",
    ],
)
def test_redis_url_of_every_form_is_accepted(url: str) -> None:
    check_redis_url(url)
    assert Settings.from_environment({**GOOD, "REDIS_URL": url}).redis_url == url


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("redis+sentinel://one,two", "the primary's name"),
        ("redis+sentinel://one/mymaster/first", "a database's number"),
        ("redis+sentinel:///mymaster", "names no Sentinel"),
        ("redis+sentinel://one:a/mymaster", "REDIS_URL has no readable host and port"),
        ("redis://one?ssl_ca_certs=/etc/ca.pem", "ssl_ca_certs does not belong in a redis URL"),
        ("rediss://one?ssl_cert_reqs=none", "ssl_cert_reqs does not belong"),
        ("rediss://one?ssl_check_hostname=perhaps", "true or false"),
        ("redis://one?db=x", "db is a number"),
        ("redis+cluster://one", "REDIS_URL|redis_url"),
    ],
)
def test_malformed_redis_url_is_refused_at_the_start(url: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        Settings.from_environment({**GOOD, "REDIS_URL": url})


async def test_sentinels_and_primary_have_tls_and_users_of_their_own() -> None:
    url = "rediss+sentinel://pmd:a%2Fb@one,two:2/mymaster/5?sentinel_password=x&ssl_ca_certs=/etc/ca.pem"
    async with redis_client(url, Redis) as client:
        pool = client.connection_pool
        assert pool.connection_class is SentinelManagedSSLConnection
        tls = {"ssl_ca_certs": "/etc/ca.pem", "ssl_check_hostname": True}
        own = {"username": "pmd", "password": "a/b", "db": 5}
        assert pool.connection_kwargs.items() >= (tls | own).items()
        sentinels = [each.connection_pool for each in pool.sentinel_manager.sentinels]  # type: ignore[attr-defined]
        assert all(issubclass(each.connection_class, SSLConnection) for each in sentinels)
        kwargs = [each.connection_kwargs for each in sentinels]
        assert [(each["host"], each["port"], each["password"]) for each in kwargs] == [
            ("one", 26379, "x"),
            ("two", 2, "x"),
        ]
        assert all(each.items() >= tls.items() for each in kwargs)


async def test_redis_over_tls_needs_the_named_ca_and_host(stack: Stack, tmp_path: Path) -> None:
    assert stack.valkey is not None
    trusted, context = certificate(tmp_path)
    async with proxied(stack.valkey.port, tls=context) as proxy:
        url = f"rediss://127.0.0.1:{proxy.port}/0"
        async with redis_client(f"{url}?ssl_ca_certs={trusted}", Redis) as client:
            assert await client.ping()
        other_host = f"rediss://localhost:{proxy.port}/0?ssl_ca_certs={trusted}"
        for refused in (url, other_host):
            async with redis_client(refused, Redis) as client:
                with pytest.raises(RedisConnectionError, match=r"(?i)certificate"):
                    await client.ping()
        async with redis_client(f"{other_host}&ssl_check_hostname=false", Redis) as client:
            assert await client.ping()


async def test_redis_cluster_is_refused_by_doctor_and_at_the_start(settings: Settings, tmp_path: Path) -> None:
    cluster = Valkey(tmp_path / "cluster", "--cluster-enabled", "yes")
    with started(cluster):
        await cluster.until_ready()
        there = msgspec.structs.replace(settings, redis_url=cluster.url, port=free_port())
        (found,) = [finding for finding in await diagnose(there) if finding.name == "redis"]
        assert (found.is_well, found.detail) == (False, CLUSTER)
        for command in ([sys.executable, "server.py"], [ARQ, "worker.WorkerSettings"]):
            ended = await asyncio.to_thread(
                subprocess.run, command, cwd=ROOT, env=environment(there), capture_output=True, text=True, check=False
            )
            assert ended.returncode != 0
            assert ended.stderr.splitlines()[-1] == f"cannot start: {CLUSTER}"
