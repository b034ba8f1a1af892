"""``pmd-admin run``: the embedded stack with a server and a worker, until Ctrl-C. Its data is kept."""

import asyncio
import shlex
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import aiofiles.os
import msgspec
from pmd_cli.push.terminal import Terminal as PushTerminal
from pmd_cli.push.watch import watch
from pmd_sdk import AsyncClient, PmdError
from pmd_sdk.models import Defaults

from gallery.artworks import draw_artworks

from ..base.settings import Settings, environment
from .circle import Circle
from .development import restart_on_change, served_page
from .error import DemoError
from .folder import owned, write_private
from .processes import Child
from .seed import ARTIST, MODERATOR, OWNER, Gallery
from .service import Installation, open_installation, orderly, run_until_signal
from .sign_in import HOST, HOSTS, Visitor, served_sign_in
from .stack import free_port, is_free
from .terminal import Terminal

INBOX = "inbox"
POLL_SECONDS = 0.2
FILLING_SECONDS = 30.0
# A process that dies more often than this within the time is not restarted any more.
MAX_RESTARTS, WITHIN_SECONDS = 5, 60.0


def run(*, port: int, posts: int, data: Path, store: bool, develops: bool = False) -> None:
    """Serve until Ctrl-C or SIGTERM, and stop everything.

    Args:
        posts: how many to generate for a new gallery.
        store: the vault is an object store instead of a folder.
        develops: changes of the checkout are seen at once: Vite serves the page, and Python restarts.

    Raises:
        DemoError: it cannot go on.
    """
    terminal = Terminal()
    began_to_stop = 0.0
    try:
        with orderly() as closing:
            try:
                folder = closing.enter_context(owned(data))
                if not is_free(port):
                    raise DemoError(f"Port {port} is in use; choose another one with --port.")
                neighbour = port + 1 if port < 65535 and is_free(port + 1) else free_port()
                installation = open_installation(
                    *(terminal, closing, folder, lambda vault: draw_artworks(vault, posts)),
                    store=store,
                    port=free_port() if develops else port,  # then Vite has the other
                    sign_in_url=f"http://{HOST}:{neighbour}",
                )
                environment_file = folder / "env"
                write_private(environment_file, environment_text(installation.service.settings))
                closing.callback(environment_file.unlink, missing_ok=True)
                run_until_signal(_serve(terminal, installation, data, port, develops=develops))
            finally:
                began_to_stop = time.perf_counter()
    except KeyboardInterrupt:
        terminal.show()
        terminal.done("Stopped", time.perf_counter() - began_to_stop, f"the data stays in {data}")


async def _serve(terminal: Terminal, installation: Installation, data: Path, port: int, *, develops: bool) -> None:
    """Raises: DemoError: a process does not stay alive."""
    service, settings, inbox = installation.service, installation.service.settings, inbox_of(data)
    async with AsyncClient(settings.base_url, installation.token.read, retry_seconds=FILLING_SECONDS) as api:
        try:
            await Circle(api, terminal).fill_library()
        except PmdError as error:  # the site is useful without a library
            terminal.warn(f"The library could not be filled: {error}")
    visitors = _visitors(installation.gallery)
    await aiofiles.os.makedirs(inbox, exist_ok=True)
    children = (service.server, service.worker)
    async with (
        served_page(settings, installation.stack.folder, port) if develops else nullcontext(),
        served_sign_in(msgspec.structs.replace(settings, port=port), visitors) as address,
        AsyncClient(settings.base_url, installation.token.read, retry_seconds=float("inf")) as api,
    ):
        _welcome(terminal, settings, visitors, address, data)
        await asyncio.gather(
            *(
                [restart_on_change(terminal, children)]
                if develops
                else [_keep_alive(terminal, each) for each in children]
            ),
            watch(api, [inbox], defaults=Defaults(source="inbox"), terminal=PushTerminal()),
        )


def inbox_of(data: Path) -> Path:
    """The watched folder: ``var/inbox`` next to the default ``var/run``, and inside any other data folder."""
    return data.with_name(INBOX) if data.name == "run" else data / INBOX


async def _keep_alive(terminal: Terminal, child: Child) -> None:
    """Restart a process when it has died, and report it.

    Raises:
        DemoError: it dies again and again.
    """
    restarts: list[float] = []
    while True:
        await asyncio.sleep(POLL_SECONDS)
        how = child.how_it_ended()
        if how is None:
            continue
        now = time.monotonic()
        restarts = [moment for moment in restarts if now - moment < WITHIN_SECONDS] + [now]
        if len(restarts) > MAX_RESTARTS:
            raise DemoError(f"“pmd-admin {child.command}” keeps dying: {child.last_words()}")
        terminal.warn(f"“pmd-admin {child.command}” {how} and is restarted; its log is {child.log}.")
        child.start()


def _visitors(gallery: Gallery) -> list[Visitor]:
    roles = {ARTIST: "the artist", MODERATOR: f"a moderator, at {ARTIST}'s posts", OWNER: "the site's owner"}
    page_of = gallery.people[ARTIST].sqid
    return [
        Visitor(handle=handle, sqid=gallery.people[handle].sqid, role=role, page_of=page_of, host=host)
        for (handle, role), host in zip(roles.items(), HOSTS, strict=True)
    ]


def _welcome(terminal: Terminal, settings: Settings, visitors: Sequence[Visitor], address: str, data: Path) -> None:
    terminal.title("Sign in")
    for visitor in visitors:
        terminal.show(f"  {address}/{visitor.handle:<12} {visitor.role}")
    terminal.show("  each in a session of their own: one browser has all three")
    terminal.title("Or from a terminal, in this folder")
    terminal.show(f"  TOKEN=$({command()} --env-file {shlex.quote(str(data / 'env'))} token {ARTIST})")
    terminal.show(f'  curl -H "Authorization: Bearer $TOKEN" "{settings.base_url}/api/pmd/posts?limit=3"')
    terminal.show(f'  curl -N -H "Authorization: Bearer $TOKEN" {settings.base_url}/api/pmd/bdr/sse')
    terminal.title("Inbox")
    terminal.show(f"  files dropped into {inbox_of(data)} are added to {ARTIST}'s library")
    terminal.title("E-mail")
    terminal.show(f"  the service's messages are in {data / 'mail'}, as .eml files")
    terminal.title("Ctrl-C stops everything and keeps the data.")
    terminal.show()


def command() -> str:
    """The command as the user has called it."""
    called = Path(sys.argv[0])
    return shlex.quote(str(called)) if called.name == "pmd-admin" else f"{shlex.quote(sys.executable)} -m pmd_service"


def environment_text(settings: Settings) -> str:
    """The settings for ``pmd-admin --env-file`` and for a shell's ``source``."""
    names = [field.encode_name for field in msgspec.structs.fields(Settings)]
    if settings.vault_url is not None:
        names += ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
    values = environment(settings)
    return "".join(f"{name}={shlex.quote(values[name])}\n" for name in names if name in values)
