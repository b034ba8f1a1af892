"""The main job, end to end, as a user would do it: ask for a download over HTTP, watch, download, open."""

import asyncio
import time
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import asyncpg
import msgspec
from rich.filesize import decimal
from rich.markup import escape
from rich.tree import Tree

from ..identity.tokens import Tokens
from ..ops.migrations import MigrationError
from ..ops.settings import Settings
from ..push.api import Api, Token
from ..site.public_ids import PublicIds
from .circle import CIRCLE_FAILURES, Circle
from .client import ApiError, Client
from .download import DemoError, choose, message_about, request_and_watch
from .folder import FolderError, owned, remake
from .fresh import make_fresh_folder
from .gallery import ARTIST, MOST_DRAWINGS, Artwork, draw_artworks, import_artworks
from .house import (
    HouseError,
    Service,
    ensure_gallery,
    fill_store,
    orderly,
    run_until_signal,
    settings_on,
    start_service,
    until_ready,
)
from .images import Found, Refused, find_images
from .mail_catcher import MailCatcher
from .stack import Stack, StackError, free_port
from .terminal import Terminal, counted, readable_size
from .verify import VerificationError, verify

PAGE_SIZE = 100
TREE_ARTWORKS = 12
TOLD_REFUSALS = 10

FAILURES = (
    ApiError,
    FolderError,
    HouseError,
    MigrationError,
    StackError,
    VerificationError,
    OSError,
    asyncpg.PostgresError,
    *CIRCLE_FAILURES,
)


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """``artworks``: a folder of the user's own images; without one, ``posts`` pictures are drawn.

    ``store``: the vault is an object store instead of a folder. ``as_json``: tell nothing but the result, for scripts.
    """

    artworks: Path | None
    posts: int
    data: Path
    store: bool = False
    as_json: bool = False


def run_demo(options: Options) -> int:
    """Do the whole job and tell it; everything that was started is stopped at the end.

    The data folder is made anew at each run: the day's allowance of downloads begins anew with it, and what is
    verified is what this run has built. The last archive stays until the next run.

    Returns:
        The exit code: 0 when the archive is verified, 1 with one sentence otherwise.
    """
    terminal = Terminal(silent=options.as_json)
    try:
        with orderly() as closing:
            if options.artworks is not None and options.artworks.resolve().is_relative_to(options.data.resolve()):
                raise DemoError(f"{options.artworks} lies in the demo's own data, which each run makes anew.")
            folder = closing.enter_context(owned(options.data))
            remake(folder)
            artworks = _artworks(terminal, options, folder / "vault")
            with terminal.step("Stack up") as step:
                stack = closing.enter_context(Stack(folder, store=options.store))
                stack.create_database()
                store = "PostgreSQL, Valkey and SeaweedFS" if options.store else "PostgreSQL and Valkey"
                step.detail = f"{store} started, database migrated"
            settings = settings_on(stack, port=free_port())
            if options.store:
                _fill_store(terminal, settings)
            run_until_signal(_open_site(terminal, settings, artworks))
            service = start_service(closing, folder, settings)
            brought = options.artworks or make_fresh_folder(folder / "fresh")
            results = run_until_signal(
                _main_job(terminal, service, stack.mail, artworks, brought=brought, downloads=folder / "downloads")
            )
            began_to_stop = time.perf_counter()
        terminal.done("Stopped", time.perf_counter() - began_to_stop, "nothing is left running")
        if options.as_json:
            print(terminal.as_json(**results._asdict()))  # noqa: T201 - for scripts
        else:
            _show(terminal, results)
    except KeyboardInterrupt:
        terminal.say("Interrupted; everything is stopped.", style="yellow")
        return 130
    except (*FAILURES, DemoError) as error:
        terminal.fail(error)
        return 1
    return 0


def _fill_store(terminal: Terminal, settings: Settings) -> None:
    """Raises: DemoError: an artwork does not arrive."""
    with terminal.step("Store filled") as step:
        copied = run_until_signal(fill_store(settings))
        if copied is None or copied.failed:
            raise DemoError("The artworks could not be copied into the object store.")
        step.detail = f"{counted(copied.copied, 'artwork')} copied and read back"


def _artworks(terminal: Terminal, options: Options, vault: Path) -> list[Artwork]:
    """Raises: DemoError: there is no image in the user's folder."""
    if options.artworks is None:
        with terminal.bar("Drawing", min(options.posts, MOST_DRAWINGS)) as (_, bar):
            drawn = draw_artworks(vault, options.posts, drawn=bar.advance)
            bar.detail = f"{counted(len(drawn), 'post')}, {_kinds(drawn)}"
        return drawn
    with terminal.step("Reading images") as step:
        results = find_images(options.artworks, without=options.data)
        images = [result for result in results if isinstance(result, Found)]
        if images:
            imported = import_artworks(vault, images)
            step.detail = f"{counted(len(images), 'image')} from {options.artworks}, {_kinds(imported)}"
        else:
            step.detail = f"nothing to show in {options.artworks}"
    _tell_refusals(terminal, [result for result in results if isinstance(result, Refused)])
    if not images:
        raise DemoError(f"There is no PNG, GIF, JPEG, WebP or BMP image in {options.artworks} that can be read.")
    return imported


def _kinds(artworks: Sequence[Artwork]) -> str:
    formats: dict[str, int] = {}
    for artwork in artworks:
        formats[artwork.measures.file_format] = formats.get(artwork.measures.file_format, 0) + 1
    animated = sum(artwork.measures.frame_count > 1 for artwork in artworks)
    told = ", ".join(f"{count} {name}" for name, count in sorted(formats.items(), key=lambda pair: -pair[1]))
    return f"{told}; {animated} animated"


def _tell_refusals(terminal: Terminal, refused: Sequence[Refused]) -> None:
    """Broken images by name, all of them; what was never an image only as far as it helps."""
    broken = [result for result in refused if result.broken]
    ignored = [result for result in refused if not result.broken]
    for result in broken:
        terminal.warn(f"{result.name} is skipped: {result.reason}.")
    for result in ignored[:TOLD_REFUSALS]:
        terminal.say(f"  {result.name} is ignored: {result.reason}.", style="dim")
    if len(ignored) > TOLD_REFUSALS:
        terminal.say(f"  … and {len(ignored) - TOLD_REFUSALS} more files that are no images.", style="dim")


async def _open_site(terminal: Terminal, settings: Settings, artworks: list[Artwork]) -> None:
    with terminal.step("Gallery open") as step:
        gallery = await ensure_gallery(settings, lambda: artworks)
        step.detail = (
            f"{counted(gallery.posts, 'post')} of {ARTIST}, {counted(gallery.comments, 'comment')}, "
            f"{counted(gallery.reactions, 'reaction')}"
        )


class Results(NamedTuple):
    """What lies there in the end."""

    archive: Path
    pack: Path


async def _main_job(
    terminal: Terminal,
    service: Service,
    mail: MailCatcher,
    artworks: Sequence[Artwork],
    *,
    brought: Path,
    downloads: Path,
) -> Results:
    """From a token to a verified archive and pack, through the public API alone, while the service is watched."""
    job = asyncio.ensure_future(_go_round(terminal, service, mail, artworks, brought=brought, downloads=downloads))
    try:
        while not job.done():
            await asyncio.wait({job}, timeout=0.25)
            if not job.done() and (gone := service.gone()) is not None:
                raise HouseError(gone)
        return job.result()
    finally:
        job.cancel()
        await asyncio.wait({job})


async def _go_round(
    terminal: Terminal,
    service: Service,
    mail: MailCatcher,
    artworks: Sequence[Artwork],
    *,
    brought: Path,
    downloads: Path,
) -> Results:
    """The whole circle: bring in, look through, improve, publish, change, take home, give away."""
    settings = service.settings
    with terminal.step("Service ready") as step:
        await until_ready(service)
        step.detail = f"server on {settings.base_url}, one worker"
    token = Tokens(settings).issue(await _sqid(settings), datetime.now(UTC) + timedelta(hours=1))
    await asyncio.to_thread(downloads.mkdir, exist_ok=True)
    async with Api(settings.base_url, Token(token, None), patience_seconds=30) as api:
        circle = Circle(api, terminal)
        assets = await circle.bring_in(brought)
        await circle.review(assets)
        improved = await circle.improve(assets)
        await circle.publish(assets)
        archive = await _take_home(terminal, settings, token, mail, artworks, downloads)
        pack = await circle.pack([asset.id for asset in assets] + improved, downloads)
    return Results(archive, pack)


async def _take_home(
    terminal: Terminal,
    settings: Settings,
    token: str,
    mail: MailCatcher,
    artworks: Sequence[Artwork],
    downloads: Path,
) -> Path:
    sources = {artwork.art_url: artwork.source for artwork in artworks}
    async with Client(settings.base_url, token) as client:
        with terminal.step("GET /posts") as step:
            posts = await client.list_posts(page_size=PAGE_SIZE)
            chosen = choose(posts, settings, among=sources)
            size = readable_size(sum(post.file_bytes or 0 for post in chosen))
            step.detail = f"{counted(len(posts), 'post')}; the newest {len(chosen)} are asked for, {size}"
        bdr = await request_and_watch(terminal, client, chosen)
        target = downloads / f"{settings.site_name.lower().replace(' ', '-')}-artworks-{str(bdr.id)[:8]}.zip"
        with terminal.bar("GET /download", bdr.file_size_bytes or 0) as (_, bar):
            await client.download(bdr, target, arrived=bar.show)
            bar.detail = f"{readable_size(bdr.file_size_bytes or 0)} to {target.name}"
    with terminal.step("E-mail") as step:
        message = await message_about(mail, bdr)
        step.detail = f"“{message['Subject']}” to {message['To']}"
    with terminal.step("Verified") as step:
        found = await asyncio.to_thread(verify, target, chosen, sources)
        step.detail = (
            f"every CRC right, {counted(found.artworks, 'artwork')} equal to their sources, "
            f"{counted(found.comments, 'comment')}, {counted(found.reactions, 'reaction')}"
        )
    return target


async def _sqid(settings: Settings) -> str:
    """The artist's public id, as the site's own sign-in would know it."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        row = await connection.fetchrow("SELECT id, public_sqid FROM users WHERE handle = $1", ARTIST)
    finally:
        await connection.close()
    assert row is not None
    return PublicIds(settings.sqids_alphabet).of(row["id"], row["public_sqid"])


def _show(terminal: Terminal, results: Results) -> None:
    """The archive as a tree, the artworks in short, and where it and the pack lie."""
    archive_path = results.archive
    with zipfile.ZipFile(archive_path) as archive:
        entries = [(entry.filename, entry.file_size) for entry in archive.infolist()]
    artworks = [(name.removeprefix("artworks/"), size) for name, size in entries if name.startswith("artworks/")]
    tree = Tree(f"[bold]{escape(archive_path.name)}[/] [dim]{decimal(archive_path.stat().st_size)}[/]")
    branch = tree.add(f"artworks [dim]{counted(len(artworks), 'file')}[/]")
    shown = artworks if len(artworks) <= TREE_ARTWORKS + 1 else artworks[:TREE_ARTWORKS]
    for name, size in shown:
        branch.add(f"{escape(name)} [dim]{decimal(size)}[/]")
    if len(shown) < len(artworks):
        branch.add(f"[dim]… and {len(artworks) - len(shown)} more[/]")
    for name, size in entries[len(artworks) :]:
        tree.add(f"{escape(name)} [dim]{decimal(size)}[/]")
    terminal.say()
    terminal.console.print(tree)
    terminal.say(f"\nThe archive lies at {archive_path}\nThe pack lies at    {results.pack}\n")
