"""Which addresses a webhook may have; what its name leads to is checked at each connection (``vault/addresses``)."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_address

import aiohttp
from yarl import URL

from ..base.settings import Settings
from ..http.errors import unprocessable
from ..outbox.post import webhook_session
from ..vault.addresses import Address, GuardedResolver, guarded_socket, is_public

_PATH = "$.url"


def check_address(settings: Settings, address: str) -> None:
    """Raises: ProblemError: 422, nothing may be sent to this address."""
    try:
        url = URL(address)
        host, port = url.host, url.port
    except ValueError as error:
        raise unprocessable("This is not a web address.", path=_PATH) from error
    is_local = settings.user_webhooks == "anywhere"
    if url.scheme != "https" and not (is_local and url.scheme == "http"):
        raise unprocessable("A webhook's address begins with https://.", path=_PATH)
    if not host or port is None or not address.isascii() or any(character <= " " for character in address):
        raise unprocessable("This is not a web address.", path=_PATH)
    if url.raw_user is not None or url.raw_password is not None or url.raw_fragment:
        raise unprocessable("A webhook's address has no user name, no password and no fragment.", path=_PATH)
    if not is_local and port != 443 and port < 1024:
        raise unprocessable("A webhook's port is 443, or from 1024 on.", path=_PATH)
    if not is_local and _is_private(host):
        raise unprocessable("A webhook's address is a public one.", path=_PATH)


def _is_private(host: str) -> bool:
    try:
        return not is_public(ip_address(host))
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2]
        # A number at the end makes it an IPv4 address in a short form: 127.1.
        return last in ("localhost", "internal", "local") or last.isdecimal() or last.startswith("0x")


def _anywhere(_address: Address) -> bool:
    return True


@asynccontextmanager
async def guarded_session(settings: Settings) -> AsyncIterator[aiohttp.ClientSession]:
    """A session that connects to public addresses only, to those that its own resolver has found."""
    is_allowed = _anywhere if settings.user_webhooks == "anywhere" else is_public
    resolver = GuardedResolver(is_allowed, socket.getaddrinfo)
    # No cache: the address that was checked is the one that is connected to, each time.
    connector = aiohttp.TCPConnector(
        resolver=resolver, socket_factory=partial(guarded_socket, is_allowed), use_dns_cache=False
    )
    try:
        async with webhook_session(connector) as session:
            yield session
    finally:
        await resolver.close()
