"""One POST of a webhook: to the site, or to a server of a user's."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress

import aiohttp
import msgspec

TIMEOUT_SECONDS = 10.0
# Of the answer's body, for finding the cause of a failure.
SHOWN_BYTES = 1000
BODY_SECONDS = 1.0


class Answer(msgspec.Struct, frozen=True):
    """What came back, and after how long."""

    status: int
    beginning: str
    milliseconds: int


def webhook_session(connector: aiohttp.BaseConnector | None = None) -> aiohttp.ClientSession:
    """A session without cookies, proxies and decompression."""
    return aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Accept-Encoding": "identity"},
        auto_decompress=False,
        trust_env=False,
    )


async def post(session: aiohttp.ClientSession, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send a body of JSON. A redirect is not followed; of the answer no more than its beginning is read.

    Raises:
        aiohttp.ClientError, OSError, TimeoutError: there was no answer.
    """
    began = time.perf_counter()
    headers = {"Content-Type": "application/json", **headers}
    async with session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
        milliseconds = round(1000 * (time.perf_counter() - began))
        beginning = bytearray()
        # The status counts, however slowly the rest comes.
        with suppress(aiohttp.ClientError, OSError, TimeoutError):
            async with asyncio.timeout(BODY_SECONDS):
                while len(beginning) < SHOWN_BYTES and (chunk := await answer.content.read(SHOWN_BYTES)):
                    beginning += chunk
        answer.close()
        text = beginning[:SHOWN_BYTES].decode(errors="replace").replace("\0", "\ufffd")
        return Answer(answer.status, text, milliseconds)
