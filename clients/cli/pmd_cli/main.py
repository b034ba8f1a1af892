"""The ``pmd`` command: its names, its exit codes, and what it says when something fails.

A command's module is imported when it is called: most of them need HTTP, which takes longer to import than to use.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import Any, NoReturn

import click

from . import __version__
from .exit_codes import FAILED, INTERRUPTED

# By name, the module of this package, and what the command does.
COMMANDS = {
    "login": ("login", "Get a key for this machine."),
    "logout": ("login", "Revoke this machine's key, and forget it."),
    "keys": ("keys", "List and revoke access keys."),
    "ls": ("ls", "List library files, posts, packs, uploads or downloads."),
    "get": ("get", "Download files of the library or of posts."),
    "push": ("push.command", "Upload files and folders into the library; watch a folder."),
    "posts": ("posts", "List, hide, license, tag, edit and delete posts."),
    "pack": ("pack", "List, build, publish and download packs."),
    "takeout": ("takeout", "Download everything as one ZIP."),
    "import": ("importing", "Import a takeout, or an export of another site."),
    "mirror": ("mirror.command", "Keep a folder that follows the library and the posts."),
    "watch": ("watch", "Show what happens, as it happens."),
    "completion": ("completion", "Print the shell's completion script."),
}
# For one release: these were commands of the service's “pmd”, and are pmd-admin's now.
ADMIN = frozenset(
    {"bdr", "demo", "doctor", "migrate", "run", "serve", "site", "sums", "token", "user", "vault", "work", "worker"}
)

EPILOG = """\
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not signed in or not allowed to this key, 4 partly failed, 5 the service
cannot be reached, 130 interrupted.
"""


class Commands(click.Group):
    """Commands that are imported when they are called; an error is one line on standard error, and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        function = f"{name}_" if iskeyword(name) else name
        found: click.Command = getattr(import_module(f"pmd_cli.{COMMANDS[name][0]}"), function)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_module, help_text) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            fail("Interrupted. Run it again to continue.", INTERRUPTED)
        except BrokenPipeError:
            raise  # the reader has closed the pipe (“| head”): click exits silently
        except Exception as error:
            from .session import explained  # noqa: PLC0415 - imports the client

            message, code = explained(error)
            fail(message, code)


def fail(message: str, code: int) -> NoReturn:
    click.echo(message, err=True)
    raise click.exceptions.Exit(code)


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--url", envvar="PMD_URL", metavar="URL", help="The service; otherwise that of the last “pmd login”.")
@click.option("--key", envvar="PMD_KEY", help="An access key; better in the environment, as PMD_KEY.")
@click.option(
    "--retry",
    envvar="PMD_RETRY",
    type=click.FloatRange(min=0),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to try again what fails for a while.",
)
@click.version_option(__version__, prog_name="pmd")
@click.pass_context
def pmd(ctx: click.Context, /, **options: Any) -> None:
    """Your library, posts and packs, from the command line."""
    ctx.obj = options


def main(arguments: Sequence[str] | None = None) -> None:
    words = sys.argv[1:] if arguments is None else arguments
    if words and (words[0] in ADMIN or words[0] == "--env-file"):
        _become_admin(words)
    try:
        pmd(args=list(words), prog_name="pmd")
    finally:
        _give_up_output()


def _give_up_output() -> None:
    """What a full disk has not taken is reported already: otherwise the interpreter tries again, and exits with 120."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _become_admin(words: Sequence[str]) -> NoReturn:
    """Run a command that has moved, in this process: what starts it sends its signals here."""
    click.echo("Operators' commands are pmd-admin's now; “pmd” passes them on until the next release.", err=True)
    beside = str(Path(sys.argv[0]).absolute().parent)
    if (program := shutil.which("pmd-admin", path=os.pathsep.join((beside, os.environ.get("PATH", ""))))) is None:
        click.echo("There is no pmd-admin here: it comes with pmd-service.", err=True)
        sys.exit(FAILED)
    os.execv(program, [program, *words])  # noqa: S606 - the user's own words
