"""The header Vary (RFC 9110 section 12.5.5)."""

from aiohttp import hdrs
from multidict import CIMultiDict


def vary_by(headers: CIMultiDict[str], name: str) -> None:
    """Note that another value of this request header may get another answer, in addition to what is noted already."""
    others = headers.get(hdrs.VARY)
    headers[hdrs.VARY] = f"{others}, {name}" if others else name
