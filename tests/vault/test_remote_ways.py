"""The ways to remote artworks: addresses, redirects, names and certificates, and which of them are not gone."""

import datetime
import ipaddress
import socket
import ssl
from pathlib import Path
from typing import Any

import aiohttp.connector
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pmd_service.vault import RemoteArtworks

from ..origin import Origin, here_or_public
from .fetching import MAX_BYTES, fault, refusal


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/a.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "//example.com/a.png",
        "a.png",
        "",
        "http://",
        "http:///a.png",
        "http://example.com:99999/a.png",
        "http://example.com:port/a.png",
        "http://[::1/a.png",
        "http://[nonsense]/a.png",
        "http://user@example.com/a.png",
        "http://user:secret@example.com/a.png",
        "http://:secret@example.com/a.png",
        "http://example.com:0/a.png",
        "http://example.com:22/a.png",
        "https://example.com:25/a.png",
        "http://" + "a" * 64 + ".example/a.png",
        "http://a..example/a.png",
        "http://exa mple.com/a.png",
        "http://example.com\x00.evil/a.png",
        "http://\u2100.example/a.png",
        "http://xn--/a.png",
        "http://[]a@",
    ],
)
async def test_an_address_that_is_not_a_plain_web_address_is_refused(
    guarded: RemoteArtworks, url: str, target: Path
) -> None:
    reason = await refusal(guarded, url, target)
    assert reason.endswith(".")
    assert "secret" not in reason


PRIVATE_HOSTS = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0177.0.0.1",
    "0x7f.0.0.1",
    "0x7f000001",
    "017700000001",
    "①②⑦.0.0.1",
    "0.0.0.0",
    "10.0.0.1",
    "169.254.169.254",
    "192.168.0.1",
    "100.64.0.1",
    "224.0.0.1",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1%25lo]",
    "[fd00::1]",
    "localhost",
]


@pytest.mark.parametrize("host", PRIVATE_HOSTS)
async def test_an_address_that_is_not_public_is_refused(
    guarded: RemoteArtworks, origin: Origin, host: str, target: Path
) -> None:
    await refusal(guarded, f"http://{host}:{origin.port}/secret", target)
    assert origin.asked == []


# The guard of this test has a hole at 127.0.0.1, whatever it is called.
THE_HOLE = {"127.0.0.1", "0x7f.0.0.1", "0x7f000001", "①②⑦.0.0.1", "localhost"}


@pytest.mark.parametrize("host", ["127.0.0.2", *(host for host in PRIVATE_HOSTS if host not in THE_HOLE)])
async def test_a_redirect_is_checked_like_the_first_address(
    remote: RemoteArtworks, origin: Origin, host: str, target: Path
) -> None:
    await refusal(remote, origin.redirects("/a.png", f"http://{host}:{origin.port}/secret"), target)
    assert origin.asked == ["/a.png"]


@pytest.mark.parametrize("onward", ["file:///etc/passwd", "http://user:pw@127.0.0.1/", "http://[oops/", "ftp://x/"])
async def test_a_redirect_to_something_else_than_a_web_address_is_refused(
    remote: RemoteArtworks, origin: Origin, onward: str, target: Path
) -> None:
    await refusal(remote, origin.redirects("/a.png", onward), target)


async def test_a_redirect_to_nowhere_is_refused(remote: RemoteArtworks, origin: Origin, target: Path) -> None:
    reason = await refusal(remote, origin.gives("/a.png", b"", status=302), target)
    assert reason == "The artwork's address redirects to nowhere."


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed_relative_ones_too(
    remote: RemoteArtworks, origin: Origin, status: int, target: Path
) -> None:
    origin.gives("/there/b.png", b"pixels")
    url = origin.redirects("/a.png", "there/b.png", status=status)
    assert await remote.fetch(url, target, max_bytes=MAX_BYTES) == 6


async def test_five_redirects_are_followed_and_six_are_not(
    remote: RemoteArtworks, origin: Origin, target: Path
) -> None:
    origin.gives("/0", b"pixels")
    for number in range(6):
        origin.redirects(f"/{number + 1}", f"/{number}")
    assert await remote.fetch(origin.url("/5"), target, max_bytes=MAX_BYTES) == 6
    target.unlink()
    assert await refusal(remote, origin.url("/6"), target) == "The artwork's address redirects too often."


def resolving(*addresses: str, port: int) -> Any:
    """Name servers that answer every question with these addresses."""
    families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
    return lambda *_, **__: [
        (family, socket.SOCK_STREAM, 6, "", (address, port))
        for family, address in zip(families, addresses, strict=True)
    ]


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["10.0.0.1", "169.254.169.254"]])
async def test_a_name_that_leads_to_private_addresses_is_refused(
    origin: Origin, addresses: list[str], target: Path
) -> None:
    lookup = resolving(*addresses, port=origin.port)
    async with RemoteArtworks(user_agent="Site/1", lookup=lookup) as remote:
        reason = await refusal(remote, f"http://art.example:{origin.port}/secret", target)
    assert reason == "The artwork's address is not a public one."
    assert origin.asked == []


async def test_of_a_names_addresses_only_the_allowed_ones_are_connected_to(origin: Origin, target: Path) -> None:
    origin.gives("/a.png", b"pixels")
    lookup = resolving("127.0.0.2", "::1", "127.0.0.1", port=origin.port)
    async with RemoteArtworks(user_agent="Site/1", is_allowed=here_or_public, lookup=lookup) as remote:
        assert await remote.fetch(f"http://art.example:{origin.port}/a.png", target, max_bytes=MAX_BYTES) == 6
    assert origin.headers[0]["Host"] == f"art.example:{origin.port}"


async def test_an_unknown_host_is_permanent_and_a_dns_timeout_is_retried(target: Path) -> None:
    def failing(code: int) -> Any:
        def look_up(*_: Any, **__: Any) -> Any:
            raise socket.gaierror(code, "by the test")

        return look_up

    async with RemoteArtworks(user_agent="Site/1", lookup=failing(socket.EAI_NONAME)) as remote:
        assert await refusal(remote, "http://art.example/a.png", target) == "The artwork's server does not exist."
    async with RemoteArtworks(user_agent="Site/1", lookup=failing(socket.EAI_AGAIN)) as remote:
        await fault(remote, "http://art.example/a.png", target)


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1, signed by nobody else, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "origin")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "origin.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + signed.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return path, context


async def test_a_server_without_a_valid_certificate_is_refused(tmp_path: Path, target: Path) -> None:
    _, context = certificate(tmp_path)
    async with Origin(tls=context) as origin, RemoteArtworks(user_agent="Site/1", is_allowed=here_or_public) as remote:
        reason = await refusal(remote, origin.gives("/a.png", b"pixels"), target)
    assert reason == "The artwork's server has no valid certificate."


async def test_what_began_over_https_stays_on_https(
    origin: Origin, tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, context = certificate(tmp_path)
    monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", ssl.create_default_context(cafile=path))
    plain = origin.gives("/a.png", b"pixels")
    async with Origin(tls=context) as safe, RemoteArtworks(user_agent="Site/1", is_allowed=here_or_public) as remote:
        upward = origin.redirects("/up", safe.gives("/a.png", b"pixels"))
        assert await remote.fetch(upward, target, max_bytes=MAX_BYTES) == 6
        target.unlink()
        reason = await refusal(remote, safe.redirects("/down", plain), target)
    assert reason == "The artwork's address redirects to an unencrypted one."
