"""The demo's first step: the artist's files come in through the public API, and the report adds up."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..ops.settings import Settings
from ..push.api import Api, RefusedError, UnreachableError
from ..push.files import find_files
from ..push.push import Result, Said, push_files
from ..push.terminal import Terminal
from .inbox import IssuedToken

MOST_FILES = 60
PATIENCE_SECONDS = 60.0


class UploadError(Exception):
    """The service did not take the upload; the message is a sentence."""


class _Quiet(Terminal):
    """The demo's own terminal tells."""

    def say(self, text: str) -> None:
        pass

    @contextmanager
    def progress(self, total_bytes: int) -> Iterator[Callable[[int], None]]:
        yield lambda _bytes: None


async def upload_files(settings: Settings, sqid: str, roots: Sequence[Path]) -> Result:
    """Push the first files at or below these places as this user.

    Raises:
        UploadError: the service refused the whole, or cannot be reached.
    """
    found = list(find_files(roots))[:MOST_FILES]
    try:
        async with Api(settings.base_url, IssuedToken(settings, sqid), patience_seconds=PATIENCE_SECONDS) as api:
            said = Said(provenance="user_provided", source="demo")
            return await push_files(api, found, name="demo", said=said, terminal=_Quiet())
    except (RefusedError, UnreachableError) as error:
        raise UploadError(str(error)) from error
