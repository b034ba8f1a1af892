"""A Postgres that cannot be reached, told with where it was looked for: the loop's own errors do not say."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit


class DatabaseAwayError(OSError):
    """Nothing answers where the database should be."""


@contextmanager
def reached(dsn: str) -> Iterator[None]:
    """Connect in here.

    Raises:
        DatabaseAwayError: there is no such host, port or socket.
    """
    try:
        yield
    except TimeoutError:
        raise
    except OSError as error:
        detail = f"Postgres cannot be reached at {_place(dsn)}: {error.strerror or error}"
        raise DatabaseAwayError(detail) from error


def _place(dsn: str) -> str:
    """Host and port, or the socket's folder; never who asks, nor their password."""
    address = urlsplit(dsn)
    return parse_qs(address.query).get("host", [address.netloc.rpartition("@")[2]])[0]
