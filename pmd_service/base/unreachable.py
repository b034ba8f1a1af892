"""An error that names the address of the Postgres that cannot be reached; the event loop's own errors do not."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit


class DatabaseUnreachableError(OSError):
    """Nothing answers at the address of the database."""


@contextmanager
def name_address(dsn: str) -> Iterator[None]:
    """Raises: DatabaseUnreachableError: there is no such host, port or socket to connect to."""
    try:
        yield
    except TimeoutError:
        raise
    except OSError as error:
        detail = f"Postgres cannot be reached at {_place(dsn)}: {error.strerror or error}"
        raise DatabaseUnreachableError(detail) from error


def _place(dsn: str) -> str:
    """Host and port, or the socket's folder, without user and password."""
    address = urlsplit(dsn)
    return parse_qs(address.query).get("host", [address.netloc.rpartition("@")[2]])[0]
