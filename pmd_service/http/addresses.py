"""From where a request comes: what strangers are told apart by."""

from collections.abc import Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp import hdrs, web

from ..base.settings import SETTINGS, Network


def address_of(request: web.Request) -> str:
    """The peer's address, or what a proxy of ours names last; of IPv6 the network that one household has (RFC 6177)."""
    named = request.headers.get(hdrs.X_FORWARDED_FOR, "").rpartition(",")[2].strip()
    return told_address(request.remote or "::1", named, request.app[SETTINGS].proxies)


def told_address(peer: str, named: str, proxies: Sequence[Network] | None) -> str:
    """As ``address_of``.

    Args:
        named: of whom the peer says that they ask.
        proxies: which peers are believed that; None where it is whoever has a private address.
    """
    address = _address(peer)
    if address.is_private if proxies is None else any(address in network for network in proxies):
        with suppress(ValueError):
            address = _address(named)
    return str(ip_network((address.packed, 64), strict=False) if isinstance(address, IPv6Address) else address)


def _address(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address
