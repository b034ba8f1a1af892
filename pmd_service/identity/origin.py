"""Whether a browser vouches that a write comes from our own pages (SPEC section 4, cookie-authenticated writes)."""

from aiohttp import hdrs, web
from yarl import URL


def is_same_origin(request: web.Request, own_origin: str) -> bool:
    """Whether the browser vouches that the request comes from our own page; every sign it gives must agree."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get(hdrs.ORIGIN)
    signs = []
    if site is not None:
        signs.append(site == "same-origin")
    if origin is not None:
        signs.append(origin in (own_origin, f"{request.scheme}://{request.host}"))
    return bool(signs) and all(signs)


def origin_of(url: str) -> str:
    """The origin as browsers write it: small letters, Punycode, and no port that goes without saying."""
    return str(URL(url).origin())
