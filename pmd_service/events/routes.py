"""GET /api/pmd/sse: everything of one's own, live, on one stream (LIBRARY section 6)."""

from aiohttp import web

from ..http.turns import long_lived
from ..identity.users import ACTOR
from .hub import HUB
from .stream import stream_updates


@long_lived
async def get_sse(request: web.Request) -> web.StreamResponse:
    hub = request.app[HUB]
    return await stream_updates(request, hub, request[ACTOR], hub.topics)
