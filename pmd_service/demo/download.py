"""The download in the demo: choose, ask, watch, and read the message about it."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import aclosing
from email.message import EmailMessage

from ..downloads.queries import Bdr
from ..ops.settings import Settings
from ..posts.queries import Post
from .client import Client, is_about
from .mail_catcher import MailCatcher
from .terminal import Bar, Terminal

NO_NEWS_SECONDS = 300.0


class DemoError(Exception):
    """The demo cannot go on; the message is a sentence."""


def choose(posts: Sequence[Post], settings: Settings, *, among: Collection[str]) -> list[Post]:
    """The newest posts, as many as one download may hold, of those whose source is at hand to compare with."""
    chosen: list[Post] = []
    size = 0
    for post in [post for post in posts if post.art_url in among][: settings.bdr_max_posts]:
        size += post.file_bytes or 0
        if size > settings.bdr_max_bytes:
            break
        chosen.append(post)
    return chosen


async def request_and_watch(terminal: Terminal, client: Client, posts: Sequence[Post]) -> Bdr:
    """Ask once the stream is connected, then follow the request until its archive is ready.

    Raises:
        DemoError: the request has failed, or there is no news of it.
    """
    accepted = None
    with terminal.bar("POST /bdr to ready", len(posts)) as (_, bar):
        try:
            async with asyncio.timeout(NO_NEWS_SECONDS) as patience, aclosing(client.events()) as events:
                async for event in events:
                    patience.reschedule(asyncio.get_running_loop().time() + NO_NEWS_SECONDS)
                    if event.name == "connected" and accepted is None:
                        accepted = await client.request_download([post.id for post in posts])
                    bdr = is_about(event, accepted.id) if accepted else None
                    if bdr is not None and _is_over(bdr, bar):
                        return bdr
        except TimeoutError as error:
            raise DemoError(f"There was no news of the request for {NO_NEWS_SECONDS:.0f} s.") from error
    raise DemoError("The event stream ended before the archive was ready.")


def _is_over(bdr: Bdr, bar: Bar) -> bool:
    """Raises: DemoError: the request has failed."""
    bar.show(bdr.processed_count, bdr.status)
    if bdr.status in ("failed", "expired"):
        raise DemoError(f"The download ended {bdr.status}: {bdr.error_message}")
    if bdr.status != "ready":
        return False
    bar.detail = f"{bdr.processed_count} of {bdr.artwork_count} built, told by the event stream"
    return True


async def message_about(mail: MailCatcher, bdr: Bdr) -> EmailMessage:
    """What the mail catcher was given about this request.

    Raises:
        DemoError: no message came.
    """
    try:
        async with asyncio.timeout(NO_NEWS_SECONDS):
            while True:
                for message in mail.messages():
                    if str(bdr.id) in str(message.get_body(("plain",))):
                        return message
                await asyncio.sleep(0.05)
    except TimeoutError as error:
        raise DemoError(f"No message came within {NO_NEWS_SECONDS:.0f} s.") from error
