"""Who is signed in where, and the connection that a command works with."""

import asyncio
import errno
import os
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click
import msgspec
from pmd_sdk import AsyncClient, PmdError

from .exit_codes import FAILED, NOT_SIGNED_IN, UNREACHABLE

P = ParamSpec("P")
T = TypeVar("T")


class CommandError(Exception):
    """What was asked for is not possible; the message says why."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


class Login(msgspec.Struct, frozen=True):
    url: str
    key: str


def login_file() -> Path:
    return Path(click.get_app_dir("pmd")) / "login.json"


def stored_login() -> Login | None:
    """Raises: CommandError: the file is damaged."""
    try:
        return msgspec.json.decode(login_file().read_bytes(), type=Login)
    except (FileNotFoundError, NotADirectoryError):  # such as that of HOME=/dev/null
        return None
    except msgspec.DecodeError as error:
        raise CommandError(f"{login_file()} is damaged: sign in again with “pmd login”.", NOT_SIGNED_IN) from error


def store_login(login: Login) -> None:
    """Keep it where only this user can read it."""
    file = login_file()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(msgspec.json.encode(login))
    part.replace(file)


def forget_login() -> None:
    login_file().unlink(missing_ok=True)


def chosen_login(url: str | None, key: str | None) -> Login:
    """What the options and the environment say, and for the rest the last “pmd login”.

    Raises:
        CommandError: something is missing. A stored key goes only where it is from.
    """
    url = url and url.strip()  # of a file with line ends of Windows, for example
    stored = stored_login() if url is None or key is None else None
    url = url or (stored.url if stored else None)
    if key is None and stored is not None and stored.url == (url or "").rstrip("/"):
        key = stored.key
    if url is None or key is None:
        message = "You are not signed in: use “pmd login URL”, or set PMD_URL and PMD_KEY."
        raise CommandError(message, NOT_SIGNED_IN)
    return Login(url.rstrip("/"), key)


def connect(login: Login, *, key: Callable[[], str] | None = None, retry_seconds: float | None = None) -> AsyncClient:
    if retry_seconds is None:
        retry_seconds = click.get_current_context().find_root().obj["retry"]
    try:
        return AsyncClient(
            login.url,
            key or login.key,
            retry_seconds=retry_seconds,
            on_retry=Once(lambda text: click.echo(text, err=True)),
            user_agent="pmd-client",
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error


class Once:
    """Passes on a text, unless it is the same as the one before."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell, self._last = tell, ""

    def __call__(self, text: str) -> None:
        if text != self._last:
            self._last = text
            self._tell(text)


def connected(command: Callable[Concatenate[AsyncClient, P], Coroutine[Any, Any, int | None]]) -> Callable[P, None]:
    """Make a coroutine function callable by click: its first parameter is the connection, its result the exit code."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        ctx = click.get_current_context()
        root = ctx.find_root().obj
        login = chosen_login(root["url"], root["key"])

        async def within() -> int | None:
            async with connect(login) as client:
                return await command(client, *args, **kwargs)

        ctx.exit(asyncio.run(within()) or 0)

    return run


async def until(
    read: Callable[[], Awaitable[T]], is_over: Callable[[T], bool], show: Callable[[T], object] = lambda _: None
) -> T:
    """Ask again and again, less and less often, until something has ended."""
    pause = 0.1
    while True:
        state = await read()
        show(state)
        if is_over(state):
            return state
        await asyncio.sleep(pause)
        pause = min(pause * 1.3, 2.0)


def refused_by_disk(error: OSError) -> str:
    """Which file could not be written, and what helps; what has arrived of a download stays beside it."""
    what = error.filename or "the file"
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return f"There is no room for {what}. Make room and run it again: it goes on where it stopped."
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return f"{what} may not be written. Choose another folder, or change its permissions."
        case errno.ENAMETOOLONG:
            return f"{what} is too long a name. Choose a shorter one."
        case errno.EISDIR:
            return f"{what} is a folder, and not a file. Choose another name."
        case errno.ENOENT | errno.ENOTDIR:
            return f"The folder of {what} does not exist. Make it, or choose another one."
    return " ".join(str(error).split())


def explained(error: Exception) -> tuple[str, int]:
    """The message and the exit code of an error that has a cause outside of this program.

    Raises:
        Exception: it is one that has not.
    """
    match error:
        case ExceptionGroup(exceptions=[Exception() as first, *_]):
            return explained(first)
        case CommandError():
            message, code = str(error), error.code
        case OSError():
            message, code = refused_by_disk(error), FAILED
        case UnicodeEncodeError() if error.encoding != "utf-8":  # of this system; ours is always UTF-8
            message = f"{error.object!a} has letters that {error.encoding} lacks: set PYTHONUTF8=1."
            code = FAILED
        case PmdError(status=None):
            message, code = str(error), UNREACHABLE
        case PmdError(status=401):
            message, code = f"{error} Sign in again with “pmd login”.", NOT_SIGNED_IN
        case PmdError():
            message = "\n".join([str(error), *(f"  {place}: {text}" for place, text in error.faults)])
            code = NOT_SIGNED_IN if error.code == "insufficient-scope" else FAILED
        case _:
            raise error
    return message, code
