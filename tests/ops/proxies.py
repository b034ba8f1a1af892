"""The proxies that a Debian brings, with the configurations of docs/operations."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from yarl import URL

from pmd_service.base.settings import Settings
from pmd_service.demo.stack import free_port

from ..hang import HANG_SECONDS
from ..site import Api

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations"
NGINX_CONF, CADDYFILE = (OPERATIONS / name for name in ("nginx.conf", "Caddyfile"))
NGINX, CADDY = (shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin") for name in ("nginx", "caddy"))
needs_nginx = pytest.mark.skipif(NGINX is None, reason="no nginx is installed (apt-get install nginx-light)")
needs_caddy = pytest.mark.skipif(CADDY is None, reason="no Caddy is installed (apt-get install caddy)")


class Upstream(Protocol):
    """A server in this process, or the settings of one that runs."""

    @property
    def port(self) -> int | None: ...


class Running(Protocol):
    """Runs a proxy with the recipe; without a ``site``, what is the site's goes to the service as well."""

    def __call__(
        self, recipe: str, server: Upstream, folder: Path, *, site: Upstream | None = None, port: int | None = None
    ) -> AbstractAsyncContextManager[URL]: ...


@asynccontextmanager
async def running_nginx(
    recipe: str, server: Upstream, folder: Path, *, site: Upstream | None = None, port: int | None = None
) -> AsyncIterator[URL]:
    """The recipe with this test's addresses and a certificate of its own; everything else unchanged."""
    port, certificate, key = port or free_port(), folder / "cert.pem", folder / "key.pem"
    sign(certificate, key)
    recipe = _moved(
        recipe,
        {
            "127.0.0.1:8080": f"127.0.0.1:{server.port}",
            "127.0.0.1:8000": f"127.0.0.1:{(site or server).port}",
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "/etc/ssl/certs/makapix.club.pem": str(certificate),
            "/etc/ssl/private/makapix.club.key": str(key),
        },
    )
    folders = "\n".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"""user {folder.owner()};
            pid {folder}/nginx.pid; error_log {folder}/error.log; daemon off;
            events {{}}
            http {{ access_log off; {folders}
            {recipe} }}"""
    )
    assert NGINX is not None
    async with _running([NGINX, "-p", str(folder), "-c", str(configuration)], port) as url:
        yield url


@asynccontextmanager
async def running_caddy(
    recipe: str, server: Upstream, folder: Path, *, site: Upstream | None = None, port: int | None = None
) -> AsyncIterator[URL]:
    """As ``running_nginx``."""
    port, certificate, key = port or free_port(), folder / "cert.pem", folder / "key.pem"
    sign(certificate, key)
    recipe = _moved(
        recipe,
        {
            "127.0.0.1:8080": f"127.0.0.1:{server.port}",
            "127.0.0.1:8000": f"127.0.0.1:{(site or server).port}",
            "makapix.club {": f"https://127.0.0.1:{port} {{\nbind 127.0.0.1\ntls {certificate} {key}",
        },
    )
    configuration = folder / "Caddyfile"
    options = f"admin off\nauto_https disable_redirects\nlog {{\nlevel ERROR\n}}\nstorage file_system {folder}/caddy"
    configuration.write_text(f"{{\n{options}\n}}\n{recipe}")
    assert CADDY is not None
    command = [CADDY, "run", "--config", str(configuration), "--adapter", "caddyfile"]
    async with _running(command, port, HOME=str(folder)) as url:
        yield url


def _moved(recipe: str, addresses: Mapping[str, str]) -> str:
    for ours, here in addresses.items():
        assert ours in recipe
        recipe = recipe.replace(ours, here)
    return recipe


@asynccontextmanager
async def _running(command: Sequence[str], port: int, **environ: str) -> AsyncIterator[URL]:
    process = subprocess.Popen(command, stderr=subprocess.PIPE, env=environ)  # noqa: ASYNC220 - as long as the test
    try:
        async with asyncio.timeout(HANG_SECONDS):
            while not await answers(port):
                assert process.poll() is None, process.stderr and process.stderr.read()
                await asyncio.sleep(0.05)
        yield URL(f"https://127.0.0.1:{port}/")
    finally:
        process.terminate()
        process.communicate()


async def answers(port: int) -> bool:
    try:
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return False
    writer.close()
    return True


def sign(certificate: Path, key: Path) -> None:
    private, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "makapix.club")])
    builder = x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
    signed = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(private, hashes.SHA256())
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


@cache
def trusting(*protocols: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(protocols)
    return context


@asynccontextmanager
async def api_behind(url: URL, settings: Settings) -> AsyncIterator[Api]:
    async with Api(url, settings) as api:
        await api.session.close()
        api.session = aiohttp.ClientSession(url, connector=aiohttp.TCPConnector(ssl=trusting()))
        yield api
