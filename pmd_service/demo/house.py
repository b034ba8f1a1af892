"""What the demo and ``pmd run`` have in common: the stack, the gallery and the service, up in order and down again."""

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import msgspec

from ..database import create_pool
from ..ops.settings import Settings
from ..site.public_ids import PublicIds
from ..vault import LocalVault, opened_vault
from ..vault.copy import Copied, copy_vault
from ..work.queue import Queue, Queues
from .folder import secret_key
from .gallery import Artwork, Gallery, existing_gallery, seed_gallery
from .mail_catcher import SENDER
from .processes import Child, stop_together
from .stack import Stack

T = TypeVar("T")

START_SECONDS = 60.0
LOOK_SECONDS = 0.05


class HouseError(Exception):
    """The service does not come up or has gone; the message is a sentence."""


@contextmanager
def orderly() -> Iterator[ExitStack]:
    """What is entered on the stack is left in reverse order, however the block ends.

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
    """``asyncio.run`` that SIGINT and SIGTERM end by cancelling the work.

    An exception raised by a signal handler in the middle of the loop can lose the wakeup of a task, and whoever waits
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
    # What a shell has told its background job to ignore stays ignored.
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
    )


class Service(msgspec.Struct, frozen=True):
    """The service's two processes."""

    settings: Settings
    server: Child
    worker: Child

    def gone(self) -> str | None:
        """A sentence about a process that has ended by itself, if one has."""
        for child in (self.server, self.worker):
            code = child.ended()
            if code is not None:
                return f"“pmd {child.command}” {how_it_ended(code)}: {child.last_words()}"
        return None


def how_it_ended(code: int) -> str:
    return f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"


def start_service(closing: ExitStack, folder: Path, settings: Settings) -> Service:
    """Start server and worker; ``closing`` stops both."""
    service = Service(settings, Child("serve", folder, settings), Child("worker", folder, settings))
    closing.callback(stop_together, service.server, service.worker)
    service.worker.start()
    service.server.start()
    return service


async def until_ready(service: Service) -> None:
    """Wait until the server says that it is ready and the worker that it works.

    Raises:
        HouseError: one of them has ended, or it takes too long.
    """
    deadline = time.monotonic() + START_SECONDS
    queues = Queues.connect(service.settings.redis_url)
    async with aiohttp.ClientSession(service.settings.base_url, trust_env=False) as session:
        try:
            while not (await _is_ready(session) and await queues.is_answered(Queue.DOWNLOADS)):
                if (gone := service.gone()) is not None:
                    raise HouseError(gone)
                if time.monotonic() > deadline:
                    raise HouseError(f"The service is not ready after {START_SECONDS:.0f} s; see its logs.")
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            await queues.aclose()


async def _is_ready(session: aiohttp.ClientSession) -> bool:
    try:
        async with session.get("/readyz", timeout=aiohttp.ClientTimeout(total=5)) as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


async def fill_store(settings: Settings) -> Copied | None:
    """What lies in the folder of artworks as it lies in the store afterwards; None where the folder is the vault."""
    if settings.vault_url is None:
        return None
    async with opened_vault(settings) as store:
        return await copy_vault(LocalVault(settings.vault_path), store)


async def ensure_gallery(settings: Settings, make: Callable[[], list[Artwork]]) -> Gallery:
    """The gallery that is there, or a new one of the artworks that ``make`` makes (in a thread)."""
    ids = PublicIds(settings.sqids_alphabet)
    pool = await create_pool(settings.database_url, application="pmd-demo", max_size=1)
    async with pool, pool.acquire() as connection:
        gallery = await existing_gallery(connection)
        if gallery is not None:
            return gallery
        artworks = await asyncio.to_thread(make)
        return await seed_gallery(connection, ids, artworks)
