"""What commands print: lines for people, JSON Lines for scripts, progress on a terminal."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click
import msgspec

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")
dry_run = click.option("--dry-run", is_flag=True, help="Only say what would be done.")


def print_json(value: object) -> None:
    click.echo(msgspec.json.encode(value))


def would_be(value: object, sentence: str, *, as_json: bool) -> None:
    """What a dry run would do."""
    if as_json:
        print_json(value)
    else:
        click.echo(sentence)


def confirm(question: str) -> bool:
    """Raises: UsageError: nobody can answer, as in a cron job."""
    try:
        return click.confirm(question, err=True)
    except (click.Abort, RuntimeError) as error:  # the end of the input, or none at all
        if sys.stdin is not None and sys.stdin.isatty():
            raise
        raise click.UsageError("Nobody can answer here: repeat it with --yes.") from error


def printable(name: str) -> str:
    """A name as it is, or quoted and escaped: no two names of a disk look alike, and none moves the cursor."""
    return name if name.isprintable() else repr(name)


def print_row(cells: Sequence[object], widths: Sequence[int]) -> None:
    """Columns that are as wide as these, except where a cell is longer; the last is as long as it is."""
    texts = ["" if cell is None else str(cell) for cell in cells]
    padded = [text.ljust(width) for text, width in zip(texts, widths, strict=False)]
    click.echo("  ".join([*padded, *texts[len(widths) :]]).rstrip())


def counted(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"


def sized(size: int) -> str:
    """In the units of 1,000 that file managers use."""
    amount, unit = float(size), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"


@contextmanager
def progress(
    title: str, total: float, *, in_bytes: bool = False, silent: bool = False
) -> Iterator[Callable[[float], None]]:
    """Yields a function that takes how much more is done; a bar is shown on a terminal only."""
    if silent or not sys.stderr.isatty():
        yield lambda _more: None
        return
    from rich.console import Console  # noqa: PLC0415 - takes long to import
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    amount = (DownloadColumn(), TransferSpeedColumn()) if in_bytes else (MofNCompleteColumn(),)
    columns = (TextColumn("{task.description}"), BarColumn(), *amount, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=total or None)
        yield lambda more: bar.advance(task, more)


@contextmanager
def progress_to(title: str, total: float, *, silent: bool = False) -> Iterator[Callable[[float], None]]:
    """As ``progress``, but the function takes how much is done in all."""
    shown = 0.0
    with progress(title, total, silent=silent) as advance:

        def show(done: float) -> None:
            nonlocal shown
            advance(done - shown)
            shown = done

        yield show
