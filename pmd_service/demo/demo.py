"""``pmd-admin demo``: the whole workflow end to end, over HTTP as a user would, on a new embedded stack."""

import asyncio
import time
import zipfile
from collections import Counter
from collections.abc import Coroutine, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any, NamedTuple

import aiofiles.os
from pmd_sdk import AsyncClient
from pmd_sdk.models import Bdr
from rich.filesize import decimal
from rich.markup import escape
from rich.tree import Tree

from gallery.artworks import MAX_DRAWINGS, Artwork, draw_artworks, import_artworks
from gallery.fresh import make_fresh_folder
from gallery.images import Found, Refused, find_images

from .circle import TIMEOUT_SECONDS, Circle
from .desk import schedule_by_desk, see_published
from .error import DemoError
from .folder import owned, remake
from .mail_catcher import MailCatcher
from .programs import Programs, webhook_receiver
from .seed import OWNER
from .service import Installation, IssuedToken, Service, open_installation, orderly, run_until_signal
from .stack import free_port
from .terminal import Terminal, counted

TREE_ARTWORKS = 12
MAX_IGNORED_SHOWN = 10
CALL_SECONDS = 30.0
POLL_SECONDS = 0.25


class Results(NamedTuple):
    """The files that the demo leaves."""

    archive: Path
    takeout: Path
    pack: Path


def run_demo(*, artworks: Path | None, posts: int, data: Path, store: bool, as_json: bool) -> None:
    """Run the whole workflow and report it; everything that was started is stopped at the end.

    The data folder is created again at each run: the daily limit of downloads starts again with it, and what is
    verified is what this run has built. The last archive stays until the next run.

    Args:
        artworks: a folder of the user's own images; without one, ``posts`` pictures are drawn.
        store: the vault is an object store instead of a folder.
        as_json: print only the result, as JSON.

    Raises:
        DemoError: it cannot go on.
        KeyboardInterrupt: a signal came.
    """
    terminal = Terminal(silent=as_json)
    with orderly() as closing:
        if artworks is not None and artworks.resolve().is_relative_to(data.resolve()):
            raise DemoError(f"{artworks} is inside the demo's own data folder, which each run recreates.")
        folder = closing.enter_context(owned(data))
        remake(folder)
        vault = folder / "vault"
        shown = _drawn(terminal, vault, posts) if artworks is None else _imported(terminal, vault, artworks, data)
        installation = open_installation(terminal, closing, folder, lambda _: shown, store=store, port=free_port())
        brought = artworks or make_fresh_folder(folder / "fresh")
        results = run_until_signal(
            _watched(installation.service, _walk_through(terminal, installation, shown, brought))
        )
        began_to_stop = time.perf_counter()
    terminal.done("Stopped", time.perf_counter() - began_to_stop, "nothing is left running")
    if as_json:
        print(terminal.as_json(**results._asdict()))  # noqa: T201 - for scripts
    else:
        _show(terminal, results)


def _drawn(terminal: Terminal, vault: Path, posts: int) -> Sequence[Artwork]:
    with terminal.step("Drawing", min(posts, MAX_DRAWINGS)) as step:
        drawn = draw_artworks(vault, posts, on_progress=step.show)
        step.detail = f"{counted(len(drawn), 'post')}, {_kinds(drawn)}"
    return drawn


def _imported(terminal: Terminal, vault: Path, folder: Path, without: Path) -> Sequence[Artwork]:
    """Raises: DemoError: there is no image in the user's folder."""
    with terminal.step("Reading images") as step:
        results = find_images(folder, without=without)
        imported = import_artworks(vault, [result for result in results if isinstance(result, Found)])
        summary = f"{counted(len(imported), 'image')} from {folder}"
        step.detail = f"{summary}, {_kinds(imported)}" if imported else summary
    # All broken images by name; other files only up to a few.
    refused = [result for result in results if isinstance(result, Refused)]
    ignored = [result for result in refused if not result.broken]
    for result in refused:
        if result.broken:
            terminal.warn(f"{result.name} is skipped: {result.reason}.")
    for result in ignored[:MAX_IGNORED_SHOWN]:
        terminal.show(f"  {result.name} is ignored: {result.reason}.", style="dim")
    if len(ignored) > MAX_IGNORED_SHOWN:
        terminal.show(f"  … and {len(ignored) - MAX_IGNORED_SHOWN} more files that are not images.", style="dim")
    if not imported:
        raise DemoError(f"There is no PNG, GIF, JPEG, WebP or BMP image in {folder} that can be read.")
    return imported


def _kinds(artworks: Sequence[Artwork]) -> str:
    formats = Counter(artwork.measures.file_format for artwork in artworks)
    animated = sum(artwork.measures.frame_count > 1 for artwork in artworks)
    return f"{', '.join(f'{count} {name}' for name, count in formats.most_common())}; {animated} animated"


async def _watched(service: Service, job: Coroutine[Any, Any, Results]) -> Results:
    """Raises: DemoError: the service does not stay alive meanwhile."""
    doing = asyncio.ensure_future(job)
    try:
        while not doing.done():
            service.require_alive()
            await asyncio.wait({doing}, timeout=POLL_SECONDS)
        return doing.result()
    finally:
        doing.cancel()
        await asyncio.wait({doing})


async def _walk_through(
    terminal: Terminal, installation: Installation, artworks: Sequence[Artwork], brought: Path
) -> Results:
    """The steps: upload, review, publish, change, schedule, tasks, download, takeout, mirror, import, pack, share."""
    settings = installation.service.settings
    downloads = settings.vault_path.with_name("downloads")
    await aiofiles.os.makedirs(downloads, exist_ok=True)
    sources = {artwork.art_url: artwork.source for artwork in artworks}
    owner = IssuedToken(settings, installation.gallery.people[OWNER].sqid)
    async with (
        AsyncClient(settings.base_url, installation.token.read, retry_seconds=CALL_SECONDS) as api,
        AsyncClient(settings.base_url, owner.read, retry_seconds=CALL_SECONDS) as other,
    ):
        circle, programs = Circle(api, terminal), Programs(terminal, settings)
        assets = await circle.bring_in(brought)
        await circle.review(assets)
        async with webhook_receiver(api) as receiver:
            await circle.publish(assets)
            # What is sent and what is published at a time goes on behind the steps that follow.
            planned = await schedule_by_desk(api, terminal, assets)
            improved = await circle.improve(assets)
            archive, bdr = await circle.take_home(settings, sources, downloads)
            with terminal.step("E-mail") as step:
                message = await _message_about(installation.stack.mail, bdr)
                step.detail = f"“{message['Subject']}” to {message['To']}"
            await see_published(api, terminal, planned)
            takeout = await circle.take_everything(downloads)
            await programs.mirror(api, downloads / "mirror")
            await programs.bring_back(other, takeout)
            with terminal.step("Webhook") as step:
                await receiver.wait_for("draft.published", len(planned))
                step.detail = f"{counted(receiver.events.total(), 'event')} received, each with the right signature"
        pack = await circle.pack([asset.id for asset in assets] + improved, downloads)
    return Results(archive, takeout, pack)


async def _message_about(mail: MailCatcher, bdr: Bdr) -> EmailMessage:
    """The message about this request that the mail catcher received.

    Raises:
        DemoError: no message came.
    """
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while True:
                for message in mail.messages():
                    if str(bdr.id) in str(message.get_body(("plain",))):
                        return message
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError as error:
        raise DemoError(f"No message arrived within {TIMEOUT_SECONDS:.0f} s.") from error


def _show(terminal: Terminal, results: Results) -> None:
    """Print the archive as a tree, abbreviated, and the files' locations."""
    with zipfile.ZipFile(results.archive) as archive:
        entries = [(entry.filename, entry.file_size) for entry in archive.infolist()]
    artworks = [(name.removeprefix("artworks/"), size) for name, size in entries if name.startswith("artworks/")]
    tree = Tree(f"[bold]{escape(results.archive.name)}[/] [dim]{decimal(results.archive.stat().st_size)}[/]")
    branch = tree.add(f"artworks [dim]{counted(len(artworks), 'file')}[/]")
    shown = artworks if len(artworks) <= TREE_ARTWORKS + 1 else artworks[:TREE_ARTWORKS]
    for name, size in shown:
        branch.add(f"{escape(name)} [dim]{decimal(size)}[/]")
    if len(shown) < len(artworks):
        branch.add(f"[dim]… and {len(artworks) - len(shown)} more[/]")
    for name, size in entries[len(artworks) :]:
        tree.add(f"{escape(name)} [dim]{decimal(size)}[/]")
    terminal.show()
    terminal.console.print(tree)
    terminal.show(f"\nArchive: {results.archive}\nTakeout: {results.takeout}")
    terminal.show(f"Pack:    {results.pack}\n")
