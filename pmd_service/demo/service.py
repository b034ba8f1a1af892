"""Shared by ``pmd-admin demo`` and ``pmd-admin run``: starting and stopping the stack, the gallery and the service."""

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack, aclosing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import msgspec

from gallery.artworks import Artwork

from ..base.settings import Settings
from ..identity.tokens import Tokens
from ..vault import local_vault, opened_vault
from ..vault.copy import Copied, copy_vault
from ..work.queue import Queue, Queues
from .error import DemoError
from .folder import secret_key
from .mail_catcher import SENDER
from .processes import Child, stop_together
from .seed import ARTIST, Gallery, ensure_gallery
from .stack import Stack
from .terminal import Terminal, counted

T = TypeVar("T")

START_SECONDS = 60.0
POLL_SECONDS = 0.05
SIGNED_FOR = timedelta(minutes=5)


@contextmanager
def orderly() -> Iterator[ExitStack]:
    """An exit stack, unwound however the block ends.

    SIGTERM ends the block as Ctrl-C does, and neither disturbs the leaving: half of it would leave processes behind.
    """
    signals = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    closing = ExitStack()
    try:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        yield closing
    finally:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
        try:
            closing.close()
        finally:
            for number, handler in signals.items():
                signal.signal(number, handler)


def run_until_signal(work: Coroutine[Any, Any, T]) -> T:
    """``asyncio.run`` whose work is cancelled by SIGINT and SIGTERM.

    An exception raised by a signal handler in the middle of the loop can lose the wakeup of a task, and what waits
    for its end then waits for ever; so inside a loop no handler raises.

    Raises:
        KeyboardInterrupt: a signal came.
    """
    try:
        return asyncio.run(_cancelled_by_signals(work))
    except asyncio.CancelledError as error:
        raise KeyboardInterrupt from error


async def _cancelled_by_signals(work: Coroutine[Any, Any, T]) -> T:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    # Signals that a shell has set to be ignored stay ignored.
    heeded = [number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) is not signal.SIG_IGN]
    for number in heeded:
        loop.add_signal_handler(number, task.cancel)
    try:
        return await work
    finally:
        for number in heeded:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.default_int_handler)


def settings_on(stack: Stack, *, port: int, daily_limit: int = 8, sign_in_url: str | None = None) -> Settings:
    """The settings of a service on the embedded stack."""
    return Settings(
        database_url=stack.database_url(),
        redis_url=stack.redis_url,
        vault_path=stack.vault,
        vault_url=stack.vault_url,
        base_url=f"http://127.0.0.1:{port}",
        jwt_secret_key=secret_key(stack.folder),
        sign_in_url=sign_in_url,
        smtp_url=stack.mail.url,
        mail_from=SENDER,
        bdr_daily_limit=daily_limit,
        port=port,
        user_webhooks="anywhere",  # a receiver that somebody tries out runs here as well
        media_sandbox="partial",  # the user's own pictures and machine, whatever its kernel
    )


class IssuedToken:
    """A token that is issued for each request."""

    def __init__(self, settings: Settings, sqid: str) -> None:
        self._tokens, self._sqid = Tokens(settings), sqid

    def read(self) -> str:
        return self._tokens.issue(self._sqid, datetime.now(UTC) + SIGNED_FOR)


class Service(msgspec.Struct, frozen=True):
    """The service's two processes."""

    settings: Settings
    server: Child
    worker: Child

    def require_alive(self) -> None:
        """Raises: DemoError: a process has ended by itself."""
        for child in (self.server, self.worker):
            if (how := child.how_it_ended()) is not None:
                raise DemoError(f"“pmd-admin {child.command}” {how}: {child.last_words()}")


def start_service(closing: ExitStack, folder: Path, settings: Settings) -> Service:
    """Start server and worker; ``closing`` stops both."""
    service = Service(settings, Child("serve", folder, settings), Child("worker", folder, settings))
    closing.callback(stop_together, service.server, service.worker)
    service.worker.start()
    service.server.start()
    return service


async def until_ready(service: Service) -> None:
    """Wait until the server is ready and the worker runs.

    Raises:
        DemoError: one of them has ended, or it takes too long.
    """
    deadline = time.monotonic() + START_SECONDS
    async with (
        aclosing(Queues.connect(service.settings.redis_url)) as queues,
        aiohttp.ClientSession(service.settings.base_url) as session,
    ):
        while not (await is_ready(session) and await queues.has_worker(Queue.DOWNLOADS)):
            service.require_alive()
            if time.monotonic() > deadline:
                raise DemoError(f"The service is not ready after {START_SECONDS:.0f} s; see its logs.")
            await asyncio.sleep(POLL_SECONDS)


async def is_ready(session: aiohttp.ClientSession) -> bool:
    try:
        async with session.get("/readyz", timeout=aiohttp.ClientTimeout(total=5)) as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


async def fill_store(settings: Settings) -> Copied | None:
    """Copy the folder of artworks into the object store; None if the folder is the vault."""
    if settings.vault_url is None:
        return None
    async with opened_vault(settings) as store:
        return await copy_vault(local_vault(settings.vault_path), store)


class Installation(msgspec.Struct, frozen=True):
    """Everything that is running."""

    stack: Stack
    gallery: Gallery
    service: Service
    token: IssuedToken  # the artist's


def open_installation(
    terminal: Terminal,
    closing: ExitStack,
    folder: Path,
    make: Callable[[Path], Sequence[Artwork]],
    *,
    store: bool,
    port: int,
    sign_in_url: str | None = None,
) -> Installation:
    """Start everything and report each step; ``closing`` stops it.

    Args:
        make: makes the artworks in this vault, where there is no gallery yet.
        store: the vault is an object store instead of a folder.

    Raises:
        DemoError: something does not start, or an artwork does not arrive in the store.
    """
    with terminal.step("Stack up") as step:
        stack = closing.enter_context(Stack(folder, store=store))
        stack.create_database()
        servers = "PostgreSQL, Valkey and SeaweedFS" if store else "PostgreSQL and Valkey"
        step.detail = f"{servers} below {folder}, database migrated"
    settings = settings_on(stack, port=port, sign_in_url=sign_in_url)
    with terminal.step("Gallery open") as step:
        gallery = run_until_signal(ensure_gallery(settings, lambda: make(stack.vault)))
        counts = f"{counted(gallery.comments, 'comment')}, {counted(gallery.reactions, 'reaction')}"
        kept = "" if gallery.newly_made else ", kept from an earlier run"
        step.detail = f"{counted(gallery.posts, 'post')} of {ARTIST}, {counts}{kept}"
    if store:
        with terminal.step("Store filled") as step:
            copied = run_until_signal(fill_store(settings))
            if copied is None or copied.failed:
                raise DemoError("The artworks could not be copied into the object store.")
            step.detail = f"{counted(copied.copied, 'artwork')} copied and read back"
    service = start_service(closing, folder, settings)
    with terminal.step("Service ready") as step:
        run_until_signal(until_ready(service))
        step.detail = f"server on {settings.base_url}, one worker, logs in {folder / 'logs'}"
    return Installation(stack, gallery, service, IssuedToken(settings, gallery.people[ARTIST].sqid))
