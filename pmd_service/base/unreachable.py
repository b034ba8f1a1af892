"""An error that names the address of the Postgres that cannot be reached; the event loop's own errors do not."""

from collections.abc import Iterator
from contextlib import contextmanager

from .hosts import place_of


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
        detail = f"Postgres cannot be reached at {place_of(dsn)}: {error.strerror or error}"
        raise DatabaseUnreachableError(detail) from error
