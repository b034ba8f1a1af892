"""The main job, end to end, as a user would do it: ask for a download over HTTP, watch, download, open."""

import asyncio
import time
import zipfile
from collections.abc import Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import asyncpg
import msgspec
from rich.filesize import decimal
from rich.markup import escape
from rich.tree import Tree

from ..downloads.queries import Bdr
from ..identity.tokens import Tokens
from ..ops.migrations import MigrationError
from ..ops.settings import Settings
from ..posts.queries import Post
from ..push.command import in_words
from ..site.public_ids import PublicIds
from .client import ApiError, Client, is_about
from .folder import FolderError, owned, remake
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
from .terminal import Bar, Terminal, counted, readable_size
from .upload import UploadError, upload_files
from .verify import VerificationError, verify

PAGE_SIZE = 100
NO_NEWS_SECONDS = 300.0
TREE_ARTWORKS = 12
TOLD_REFUSALS = 10

FAILURES = (
    ApiError,
    FolderError,
    HouseError,
    MigrationError,
    StackError,
    UploadError,
    VerificationError,
    OSError,
    asyncpg.PostgresError,
)


class DemoError(Exception):
    """The demo cannot go on; the message is a sentence."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """``artworks``: a folder of the user's own images; without one, ``posts`` pictures are drawn.

    ``store``: the vault is an object store instead of a folder.
    """

    artworks: Path | None
    posts: int
    data: Path
    store: bool = False


def run_demo(options: Options) -> int:
    """Do the whole job and tell it; everything that was started is stopped at the end.

    The data folder is made anew at each run: the day's allowance of downloads begins anew with it, and what is
    verified is what this run has built. The last archive stays until the next run.

    Returns:
        The exit code: 0 when the archive is verified, 1 with one sentence otherwise.
    """
    terminal = Terminal()
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
            files = [options.artworks] if options.artworks else [artwork.source for artwork in artworks]
            archive = run_until_signal(_main_job(terminal, service, stack.mail, artworks, files, folder / "downloads"))
            began_to_stop = time.perf_counter()
        terminal.done("Stopped", time.perf_counter() - began_to_stop, "nothing is left running")
        _show(terminal, archive)
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


async def _main_job(
    terminal: Terminal,
    service: Service,
    mail: MailCatcher,
    artworks: Sequence[Artwork],
    files: Sequence[Path],
    downloads: Path,
) -> Path:
    """From a token to a verified archive, through the public API alone, while the service is watched."""
    job = asyncio.ensure_future(_ask_watch_download(terminal, service, mail, artworks, files, downloads))
    try:
        while not job.done():
            await asyncio.wait({job}, timeout=0.25)
            if not job.done() and (gone := service.gone()) is not None:
                raise HouseError(gone)
        return job.result()
    finally:
        job.cancel()
        await asyncio.wait({job})


async def _ask_watch_download(
    terminal: Terminal,
    service: Service,
    mail: MailCatcher,
    artworks: Sequence[Artwork],
    files: Sequence[Path],
    downloads: Path,
) -> Path:
    settings = service.settings
    with terminal.step("Service ready") as step:
        await until_ready(service)
        step.detail = f"server on {settings.base_url}, one worker"
    with terminal.step("Uploaded") as step:
        result = await upload_files(settings, await _sqid(settings), files)
        step.detail = f"{counted(sum(result.outcomes.values()), 'file')}: {in_words(result)}"
    token = Tokens(settings).issue(await _sqid(settings), datetime.now(UTC) + timedelta(hours=1))
    async with Client(settings.base_url, token) as client:
        with terminal.step("GET /posts") as step:
            posts = await client.list_posts(page_size=PAGE_SIZE)
            chosen = _choose(posts, settings)
            size = readable_size(sum(post.file_bytes or 0 for post in chosen))
            step.detail = f"{counted(len(posts), 'post')}; the newest {len(chosen)} are asked for, {size}"
        bdr = await _request_and_watch(terminal, client, chosen)
        target = downloads / f"{settings.site_name.lower().replace(' ', '-')}-artworks-{str(bdr.id)[:8]}.zip"
        await asyncio.to_thread(target.parent.mkdir, exist_ok=True)
        with terminal.bar("GET /download", bdr.file_size_bytes or 0) as (_, bar):
            await client.download(bdr, target, arrived=bar.show)
            bar.detail = f"{readable_size(bdr.file_size_bytes or 0)} to {target.name}"
    with terminal.step("E-mail") as step:
        message = await _message(mail, bdr)
        step.detail = f"“{message['Subject']}” to {message['To']}"
    with terminal.step("Verified") as step:
        sources = {artwork.art_url: artwork.source for artwork in artworks}
        found = await asyncio.to_thread(verify, target, chosen, sources)
        step.detail = (
            f"every CRC right, {counted(found.artworks, 'artwork')} equal to their sources, "
            f"{counted(found.comments, 'comment')}, {counted(found.reactions, 'reaction')}"
        )
    return target


async def _message(mail: MailCatcher, bdr: Bdr) -> EmailMessage:
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


async def _sqid(settings: Settings) -> str:
    """The artist's public id, as the site's own sign-in would know it."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        row = await connection.fetchrow("SELECT id, public_sqid FROM users WHERE handle = $1", ARTIST)
    finally:
        await connection.close()
    assert row is not None
    return PublicIds(settings.sqids_alphabet).of(row["id"], row["public_sqid"])


def _choose(posts: Sequence[Post], settings: Settings) -> list[Post]:
    """The newest posts, as many as one download may hold."""
    chosen: list[Post] = []
    size = 0
    for post in posts[: settings.bdr_max_posts]:
        size += post.file_bytes or 0
        if size > settings.bdr_max_bytes:
            break
        chosen.append(post)
    return chosen


async def _request_and_watch(terminal: Terminal, client: Client, posts: Sequence[Post]) -> Bdr:
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


def _show(terminal: Terminal, archive_path: Path) -> None:
    """The archive as a tree, the artworks in short."""
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
    terminal.say(f"\nThe archive lies at {archive_path}\n")
