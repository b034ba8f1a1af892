"""The demo's output, in a terminal or a file."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

LABEL_WIDTH = 24


class Step:
    """A running step; ``detail`` is printed when it is done."""

    def __init__(self, progress: Progress, label: str, total: int | None) -> None:
        self.detail = ""
        self._progress, self._label = progress, escape(label)
        self._task = progress.add_task(self._label, total=total)

    def show(self, completed: int, note: str = "") -> None:
        """Update the progress."""
        self._progress.update(self._task, completed=completed, description=f"{self._label} {escape(note)}".rstrip())


class Terminal:
    """Prints lines, and steps with their durations; paths are never wrapped."""

    def __init__(self, *, silent: bool = False) -> None:
        self.console = Console(highlight=False, quiet=silent)
        self._steps: list[dict[str, object]] = []
        self._warnings: list[str] = []

    def as_json(self, **results: Path) -> str:
        """All steps, warnings and results, for scripts."""
        report = {"steps": self._steps, "warnings": self._warnings}
        return msgspec.json.encode(report | {name: str(path) for name, path in results.items()}).decode()

    def show(self, text: str = "", *, style: str | None = None) -> None:
        self.console.print(escape(text), style=style, soft_wrap=True)

    def warn(self, text: str) -> None:
        self._warnings.append(text)
        self.console.print(f"[yellow]![/] {escape(text)}", soft_wrap=True)

    def title(self, text: str) -> None:
        self.console.print(f"\n[bold]{escape(text)}[/]", soft_wrap=True)

    @contextmanager
    def step(self, label: str, total: int | None = None) -> Iterator[Step]:
        """Report a step with its duration when it is done; a failed step is reported by its error."""
        began = time.perf_counter()
        columns = (TextColumn("  {task.description}"), BarColumn(40), TaskProgressColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.console, transient=True, disable=not self.console.is_terminal) as progress:
            step = Step(progress, label, total)
            yield step
        self.done(label, time.perf_counter() - began, step.detail)

    def done(self, label: str, seconds: float, detail: str = "") -> None:
        """Report a finished step; ``seconds``: its duration."""
        self._steps.append({"step": label, "seconds": round(seconds, 3), "detail": detail})
        self.console.print(
            f"[green]✓[/] {escape(label):<{LABEL_WIDTH}}[cyan]{seconds:>7.2f} s[/]   {escape(detail)}", soft_wrap=True
        )


def counted(count: int, noun: str) -> str:
    """A number with its noun: “1 post”, “1,204 posts”."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
