"""What artists' programs do: a key, a webhook, a folder that follows, and an import of the takeout."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web
from pmd_sdk import AsyncClient
from standardwebhooks import Webhook, WebhookVerificationError

from ..base.settings import Settings
from ..http.scopes import Scope
from .error import DemoError
from .terminal import Terminal, counted

RECEIVED_SECONDS = 30.0
READ: Sequence[Scope] = ("library:read", "posts:read")
IMPORT: Sequence[Scope] = (
    *("library:read", "library:write", "packs:read", "packs:write"),
    *("posts:read", "posts:write", "uploads:read", "uploads:write"),
)


class Receiver:
    """A receiver of webhooks that checks each signature (Standard Webhooks), and counts what it was sent."""

    def __init__(self) -> None:
        self.url = ""
        self.secret = ""
        self.events: Counter[str] = Counter()
        self._came = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.text()
        try:
            Webhook(self.secret).verify(body, {name.lower(): value for name, value in request.headers.items()})
        except WebhookVerificationError:
            return web.Response(status=400)
        self.events[msgspec.json.decode(body)["type"]] += 1
        self._came.set()
        return web.Response(status=204)

    async def wait_for(self, event: str, count: int) -> None:
        """Wait until so many of these came.

        Raises:
            DemoError: they did not come in time.
        """
        try:
            async with asyncio.timeout(RECEIVED_SECONDS):
                while self.events[event] < count:
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError as error:
            raise DemoError(
                f"{self.events[event]} of {count} webhooks “{event}” came in {RECEIVED_SECONDS:.0f} s."
            ) from error


@asynccontextmanager
async def webhook_receiver(api: AsyncClient) -> AsyncIterator[Receiver]:
    """A receiver on a free port, which hears of posts and drafts."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/", receiver.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        receiver.url = f"http://{host}:{port}/"
        made = await api.post_webhook(url=receiver.url, events=["post.made", "draft.published"])
        receiver.secret = made.secret
        yield receiver
    finally:
        await runner.cleanup()


class Programs:
    """The command ``pmd``, as scripts use it: with an access key, in a process of its own."""

    def __init__(self, terminal: Terminal, settings: Settings) -> None:
        self._terminal, self._settings = terminal, settings

    async def mirror(self, api: AsyncClient, folder: Path) -> None:
        """A folder that follows the library and the posts."""
        with self._terminal.step("pmd mirror") as step:
            key = (await api.post_key(name="Nightly mirror", scopes=READ, expires_in_days=30)).secret
            lines = await self._pmd(key, "mirror", str(folder), "--json")
            summary = lines[-1]
            step.detail = f"{counted(summary['files'], 'thing')} in {folder}, with a key that can only read"

    async def bring_back(self, api: AsyncClient, takeout: Path) -> None:
        """The takeout, into the account whose client this is.

        Raises:
            DemoError: some of it was not made.
        """
        with self._terminal.step("pmd import") as step:
            key = (await api.post_key(name="Moving", scopes=IMPORT, expires_in_days=1)).secret
            lines = await self._pmd(key, "import", str(takeout), "--yes", "--json")
            done = lines[-1]
            if done["failed_count"] or not done["made_count"]:
                raise DemoError(f"Of the takeout {done['failed_count']} things were not imported: {done}")
            step.detail = f"{counted(done['made_count'], 'thing')} of the takeout made again in another account"

    async def _pmd(self, key: str, *words: str) -> Sequence[dict[str, Any]]:
        """The JSON lines that the command prints.

        Raises:
            DemoError: it failed.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "pmd_cli", *words,
            env=os.environ | {"PMD_URL": self._settings.base_url, "PMD_KEY": key},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, errors = await process.communicate()
        if process.returncode != 0:
            raise DemoError(f"“pmd {words[0]}” ended with {process.returncode}: {errors.decode()[-500:]}")
        return [msgspec.json.decode(line) for line in output.splitlines()]
