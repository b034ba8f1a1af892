"""The demo artist's inbox: a folder that is watched as ``pmd push --watch`` does it."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ..identity.tokens import Tokens
from ..ops.settings import Settings
from ..push.api import Api, Token
from ..push.push import Said
from ..push.terminal import Terminal
from ..push.watch import watch

INBOX = "inbox"
SIGNED_FOR = timedelta(minutes=5)


def inbox_of(data: Path) -> Path:
    """The folder that is watched: ``var/inbox`` beside the usual ``var/run``, and inside of any other data folder."""
    return data.with_name(INBOX) if data.name == "run" else data / INBOX


class IssuedToken(Token):
    """A token that is issued anew for each request."""

    def __init__(self, settings: Settings, sqid: str) -> None:
        super().__init__(None, None)
        self._tokens, self._sqid = Tokens(settings), sqid

    def read(self) -> str:
        return self._tokens.issue(self._sqid, datetime.now(UTC) + SIGNED_FOR)


async def watch_inbox(settings: Settings, sqid: str, folder: Path) -> None:
    """Send what comes into the folder as this user, until cancelled; the folder is made where it is missing."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    async with Api(settings.base_url, IssuedToken(settings, sqid), patience_seconds=float("inf")) as api:
        await watch(api, [folder], said=Said(source="inbox"), terminal=Terminal())
