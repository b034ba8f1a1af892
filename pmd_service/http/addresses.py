"""The address of a client, by which anonymous ones are distinguished."""

from contextlib import suppress
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp import hdrs, web

from ..base.settings import SETTINGS, Network

# Longer than any address: what is kept of clients stays small, whatever they send.
_MAX_LETTERS = 64


def address_of(request: web.Request) -> str:
    """The peer's address, or the last one that a trusted proxy forwards; of IPv6 the /64 (RFC 6177)."""
    return _block(ip_of(request))


def ip_of(request: web.Request) -> IPv4Address | IPv6Address:
    """As ``address_of``, but the whole address."""
    forwarded = request.headers.get(hdrs.X_FORWARDED_FOR, "").rpartition(",")[2].strip()[:_MAX_LETTERS]
    return _resolve(request.remote or "::1", forwarded, request.app[SETTINGS].proxies)


def _block(address: IPv4Address | IPv6Address) -> str:
    return str(ip_network((address.packed, 64), strict=False) if isinstance(address, IPv6Address) else address)


# A client sends many requests, and parsing and comparing its addresses takes 5 µs.
@lru_cache(maxsize=4096)
def _resolve(peer: str, forwarded: str, proxies: tuple[Network, ...] | None) -> IPv4Address | IPv6Address:
    address = _address(peer)
    if address.is_private if proxies is None else any(address in network for network in proxies):
        with suppress(ValueError):
            address = _address(forwarded)
    return address


def _address(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address
