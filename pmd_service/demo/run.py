"""``pmd run``: the embedded stack with a server and a worker on it, until Ctrl-C. What it stores is kept."""

import asyncio
import shlex
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import msgspec

from ..ops.settings import Settings, environment
from ..site.public_ids import PublicIds
from .circle import CIRCLE_FAILURES
from .folder import owned, write_private
from .furnish import furnish
from .gallery import ARTIST, MODERATOR, OWNER, draw_artworks
from .house import (
    HouseError,
    Service,
    ensure_gallery,
    fill_store,
    how_it_ended,
    orderly,
    run_until_signal,
    settings_on,
    start_service,
    until_ready,
)
from .inbox import inbox_of, watch_inbox
from .main_job import FAILURES
from .processes import Child
from .sign_in import HOST, HOSTS, Visitor, serve_sign_in
from .stack import Stack, free_port, is_free
from .terminal import Terminal, counted

LOOK_SECONDS = 0.2
# A process that dies more often than this within the time is broken, and starting it again does not help.
MOST_RESTARTS, WITHIN_SECONDS = 5, 60.0


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """``posts`` counts for a gallery that is not there yet."""

    port: int
    posts: int
    data: Path
    store: bool = False


def run(options: Options) -> int:
    """Serve until Ctrl-C or SIGTERM; everything is stopped then.

    Returns:
        The exit code: 0 when asked to stop, 1 with one sentence otherwise.
    """
    terminal = Terminal()
    began_to_stop = 0.0
    try:
        with orderly() as closing:
            try:
                folder = closing.enter_context(owned(options.data))
                if not is_free(options.port):
                    raise HouseError(f"Port {options.port} is taken; choose another one with --port.")
                with terminal.step("Stack up") as step:
                    stack = closing.enter_context(Stack(folder, store=options.store))
                    stack.create_database()
                    store = "PostgreSQL, Valkey and SeaweedFS" if options.store else "PostgreSQL and Valkey"
                    step.detail = f"{store} below {options.data}, database migrated"
                settings = settings_on(stack, port=options.port, sign_in_url=_sign_in_url(options.port))
                run_until_signal(_open_gallery(terminal, settings, options.posts))
                environment_file = folder / "env"
                write_private(environment_file, environment_text(settings))
                closing.callback(environment_file.unlink, missing_ok=True)
                service = start_service(closing, folder, settings)
                run_until_signal(_serve(terminal, service, options.data))
            finally:
                began_to_stop = time.perf_counter()
    except KeyboardInterrupt:
        terminal.say()
        terminal.done("Stopped", time.perf_counter() - began_to_stop, f"the data stays in {options.data}")
        return 0
    except FAILURES as error:
        terminal.fail(error)
    return 1


async def _open_gallery(terminal: Terminal, settings: Settings, posts: int) -> None:
    with terminal.step("Gallery open") as step:
        gallery = await ensure_gallery(settings, lambda: draw_artworks(settings.vault_path, posts))
        await fill_store(settings)
        kept = "drawn just now" if gallery.newly_made else "kept from an earlier run"
        step.detail = f"{counted(gallery.posts, 'post')} of {ARTIST}, {kept}"


async def _serve(terminal: Terminal, service: Service, data: Path) -> None:
    """Raises: HouseError: a process does not stay alive."""
    async with AsyncExitStack() as closing:
        with terminal.step("Service ready") as step:
            await until_ready(service)
            step.detail = f"{service.settings.base_url}, logs in {data / 'logs'}"
        visitors = await _visitors(service.settings)
        await _furnish(terminal, service.settings, _sqid_of(ARTIST, visitors))
        address = await serve_sign_in(closing, service.settings, visitors)
        _welcome(terminal, service.settings, visitors, address, data)
        await asyncio.gather(
            *(_keep_alive(terminal, child) for child in (service.server, service.worker)),
            watch_inbox(service.settings, _sqid_of(ARTIST, visitors), inbox_of(data)),
        )


async def _furnish(terminal: Terminal, settings: Settings, sqid: str) -> None:
    """A site without a library is still worth opening."""
    try:
        await furnish(terminal, settings, sqid)
    except CIRCLE_FAILURES as error:
        terminal.warn(f"The library is not furnished: {error}")


def _sign_in_url(port: int) -> str:
    neighbour = port + 1
    return f"http://{HOST}:{neighbour if neighbour < 65536 and is_free(neighbour) else free_port()}"


def _sqid_of(handle: str, visitors: Sequence[Visitor]) -> str:
    return next(visitor.sqid for visitor in visitors if visitor.handle == handle)


async def _keep_alive(terminal: Terminal, child: Child) -> None:
    """Start a process again when it has died, and say so.

    Raises:
        HouseError: it dies again and again.
    """
    restarts: list[float] = []
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        code = child.ended()
        if code is None:
            continue
        now = time.monotonic()
        restarts = [moment for moment in restarts if now - moment < WITHIN_SECONDS] + [now]
        if len(restarts) > MOST_RESTARTS:
            raise HouseError(f"“pmd {child.command}” dies again and again: {child.last_words()}")
        terminal.warn(f"“pmd {child.command}” {how_it_ended(code)} and is started again; its log is {child.log}.")
        child.start()


async def _visitors(settings: Settings) -> list[Visitor]:
    ids = PublicIds(settings.sqids_alphabet)
    connection = await asyncpg.connect(settings.database_url)
    try:
        rows = await connection.fetch(
            "SELECT id, public_sqid, handle FROM users WHERE handle = ANY($1)", [ARTIST, MODERATOR, OWNER]
        )
    finally:
        await connection.close()
    sqids = {row["handle"]: ids.of(row["id"], row["public_sqid"]) for row in rows}
    roles = {ARTIST: "the artist", MODERATOR: f"a moderator, at {ARTIST}'s posts", OWNER: "the site's owner"}
    return [
        Visitor(handle=handle, sqid=sqids[handle], role=role, page_of=sqids[ARTIST], host=host)
        for (handle, role), host in zip(roles.items(), HOSTS, strict=True)
    ]


def _welcome(terminal: Terminal, settings: Settings, visitors: Sequence[Visitor], address: str, data: Path) -> None:
    terminal.title("Sign in")
    for visitor in visitors:
        terminal.say(f"  {address}/{visitor.handle:<12} {visitor.role}")
    terminal.say("  each in a session of their own: one browser holds all three")
    terminal.title("Or from a terminal, in this folder")
    terminal.say(f"  TOKEN=$({command()} --env-file {shlex.quote(str(data / 'env'))} token {ARTIST})")
    terminal.say(f'  curl -H "Authorization: Bearer $TOKEN" "{settings.base_url}/api/pmd/posts?limit=3"')
    terminal.say(f'  curl -N -H "Authorization: Bearer $TOKEN" {settings.base_url}/api/pmd/bdr/sse')
    terminal.title("Inbox")
    terminal.say(f"  files dropped into {inbox_of(data)} come into {ARTIST}'s library by themselves")
    terminal.title("E-mail")
    terminal.say(f"  what the service sends lies in {data / 'mail'}, as .eml files")
    terminal.title("Ctrl-C stops everything and keeps the data.")
    terminal.say()


def command() -> str:
    """The command as the user has called it."""
    called = Path(sys.argv[0])
    return shlex.quote(str(called)) if called.name == "pmd" else f"{shlex.quote(sys.executable)} -m pmd_service"


def environment_text(settings: Settings) -> str:
    """The settings for ``pmd --env-file`` and for a shell's ``source``."""
    names = [field.encode_name for field in msgspec.structs.fields(Settings)]
    if settings.vault_url is not None:
        names += ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
    values = environment(settings)
    return "".join(f"{name}={shlex.quote(values[name])}\n" for name in names if name in values)
