"""SSRF protection: user-supplied URLs may lead to public addresses only (SPEC section 7).

In a thread: the resolver of the C library, in threads of its own.
"""

import asyncio
import socket
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, TypeAlias

from aiohttp.abc import AbstractResolver, ResolveResult

Address: TypeAlias = IPv4Address | IPv6Address
IsAllowed: TypeAlias = Callable[[Address], bool]
Lookup: TypeAlias = Callable[..., Iterable[tuple[Any, ...]]]

# https://www.iana.org/assignments/ipv6-unicast-address-assignments: no public servers outside of it.
_GLOBAL_UNICAST = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are the IPv4 address that is reached
# Not public either, though ``is_global`` of some supported Python versions says so.
_SPECIAL = [ip_network(block) for block in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20")]

LOOKUP_THREADS = 8


class NotPublicError(OSError):
    """All addresses of the host are private, local or otherwise special."""


def is_public(address: Address) -> bool:
    """Whether the address is public; IPv6 addresses that embed an IPv4 address are judged by that."""
    if isinstance(address, IPv6Address):
        inner = _embedded(address)
        if inner is not None:
            return is_public(inner)
        if address not in _GLOBAL_UNICAST:
            return False
    return address.is_global and not address.is_multicast and not any(address in block for block in _SPECIAL)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a connection to this one reaches. (All Teredo addresses are refused anyway.)"""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


def guarded_socket(is_allowed: IsAllowed, info: tuple[Any, ...]) -> socket.socket:
    """A socket for a ``getaddrinfo`` tuple: the last check before connecting, also for address literals.

    Raises:
        NotPublicError: the address is not allowed.
    """
    family, kind, protocol, _, destination = info
    if not _allows(is_allowed, destination[0]):
        raise NotPublicError("not a public address")
    return socket.socket(family, kind, protocol)


def _allows(is_allowed: IsAllowed, host: str) -> bool:
    try:
        return is_allowed(ip_address(host))
    except ValueError:
        return False


class GuardedResolver(AbstractResolver):
    """Resolves names in threads of its own, so that a slow name server does not delay file access."""

    def __init__(self, is_allowed: IsAllowed, lookup: Lookup) -> None:
        self._is_allowed = is_allowed
        self._lookup = lookup
        self._threads = ThreadPoolExecutor(LOOKUP_THREADS, thread_name_prefix="lookup")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The host's allowed addresses.

        Raises:
            NotPublicError: none of them is allowed.
            socket.gaierror: it has none, or the name servers did not answer.
        """
        loop = asyncio.get_running_loop()
        infos = await loop.run_in_executor(self._threads, partial(self._look_up, host, port, family))
        allowed = [info for info in infos if _allows(self._is_allowed, info[4][0])]
        if not allowed:
            raise NotPublicError("no public address")
        return [
            ResolveResult(hostname=host, host=to[0], port=to[1], family=kin, proto=proto, flags=socket.AI_NUMERICHOST)
            for kin, _, proto, _, to in allowed
        ]

    def _look_up(self, host: str, port: int, family: socket.AddressFamily) -> list[tuple[Any, ...]]:
        try:
            return list(self._lookup(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG))
        except UnicodeError as error:  # an empty or overlong label
            raise socket.gaierror(socket.EAI_NONAME, "not a host name") from error

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
