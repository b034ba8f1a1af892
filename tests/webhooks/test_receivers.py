"""The receivers of docs/recipes, as they are, understand what we send."""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from pmd_service.demo.stack import free_port

from ..hang import HANG_SECONDS
from ..site import Api, Site
from .receiver import Sending, act, add_webhook, deliveries

EXAMPLES = Path(__file__).parents[2] / "docs" / "recipes"
COMMANDS = {
    "python": [sys.executable, str(EXAMPLES / "webhook_receiver.py")],
    "node": [shutil.which("node") or "node", str(EXAMPLES / "webhook-receiver.mjs")],
}


@asynccontextmanager
async def running(command: list[str], *, port: int, secret: str) -> AsyncIterator[asyncio.StreamReader]:
    """A receiver that listens; what it prints."""
    process = await asyncio.create_subprocess_exec(
        *command, str(port), env={"WEBHOOK_SECRET": secret}, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(HANG_SECONDS):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    break
                except OSError:
                    await asyncio.sleep(0.05)
            writer.close()
        yield process.stdout
    finally:
        process.kill()
        await process.wait()


@pytest.mark.parametrize("language", COMMANDS)
async def test_sample_receivers_check_signatures_and_deduplicate(
    site: Site, api: Api, artist: int, sending: Sending, language: str
) -> None:
    port = free_port()
    url = URL(f"http://127.0.0.1:{port}/")
    webhook = await add_webhook(api, artist, str(url))
    post = await site.add_post(artist)
    async with running(COMMANDS[language], port=port, secret=webhook["secret"]) as printed:
        await act(api, artist, "hide", post)
        await sending.send()
        (sent,) = await deliveries(api, artist, webhook)
        assert (sent["status"], sent["answer_code"]) == ("sent", 204), sent
        # It comes again, and after it another one.
        await api.call("POST", f"/api/pmd/webhooks/{webhook['id']}/deliveries/{sent['id']}/resend", user=artist)
        await sending.send()
        await act(api, artist, "unhide", post)
        await sending.send()
        async with asyncio.timeout(HANG_SECONDS):
            lines = [(await printed.readline()).decode().split(" ", 1) for _ in range(2)]
        assert [name for name, _ in lines] == ["post.hidden", "post.shown"]
        assert json.loads(lines[0][1]) == {"user_sqid": site.sqid(artist), "ids": [post]}
        # After a change of the secret both sign: a receiver with the first one goes on.
        await api.call("POST", f"/api/pmd/webhooks/{webhook['id']}/secret", user=artist)
        await act(api, artist, "hide", post)
        await sending.send()
        assert (await deliveries(api, artist, webhook))[-1]["status"] == "sent"
        headers = {"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
        async with aiohttp.ClientSession() as session:
            async with session.post(url, data=b"{}", headers=headers) as answer:
                assert answer.status == 400, "not ours"
            async with session.post(url, data=b"x" * 70_000, headers=headers) as answer:
                assert answer.status == 413
