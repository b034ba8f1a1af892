"""The one exception of this package, and which errors pass by themselves."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx
import msgspec

UNREACHABLE = "unreachable"
_PASSING = frozenset({408, 423, 425, 429})


class PmdError(Exception):
    """A call has failed; its text is the service's sentence.

    Attributes:
        status: the HTTP status; None where the service could not be reached.
        code: what it is about, such as ``daily-limit``, ``not-found`` or ``unreachable``.
        faults: what is wrong with the request, as pairs of a place and a sentence.
        retry_after: seconds until it may work.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None,
        code: str,
        faults: tuple[tuple[str, str], ...] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.faults, self.retry_after = status, code, faults, retry_after

    @property
    def is_passing(self) -> bool:
        """Whether the same request may succeed in a while."""
        return self.status is None or self.status in _PASSING or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR


class _Fault(msgspec.Struct, frozen=True):
    path: str
    message: str


class _Problem(msgspec.Struct, frozen=True):
    """A problem document (RFC 9457), or an error of OAuth (RFC 6749)."""

    detail: str = ""
    type: str = ""
    errors: tuple[_Fault, ...] = ()
    error: str = ""
    error_description: str = ""


def error_of(response: httpx.Response) -> PmdError:
    """What a response from 400 on says; its body has been read."""
    phrase = response.reason_phrase or "error"
    try:
        problem = msgspec.json.decode(response.content, type=_Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):  # a proxy's own page
        problem = _Problem()
    kind = problem.type.rpartition(":problem:")[2] if ":problem:" in problem.type else ""
    return PmdError(
        problem.detail or problem.error_description or problem.error or f"{response.status_code} {phrase}",
        status=response.status_code,
        code=kind or problem.error or phrase.lower().replace(" ", "-"),
        faults=tuple((fault.path, fault.message) for fault in problem.errors),
        retry_after=_retry_after(response),
    )


def unreachable(base_url: str, error: Exception) -> PmdError:
    return PmdError(f"{base_url} cannot be reached ({type(error).__name__}).", status=None, code=UNREACHABLE)


def was_never_sent(error: PmdError) -> bool:
    """Whether no connection was made, so that nothing can have arrived."""
    return isinstance(error.__cause__, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout))


def unexpected(base_url: str, status: int, error: Exception) -> PmdError:
    message = f"{base_url} answered something else than this client expects: {error}."
    return PmdError(message, status=status, code="unexpected-answer")


def bearer(key: str) -> str:
    """The header's value, without the line end of a file that had the key.

    Raises:
        PmdError: no key is like that; it would seem that the service cannot be reached.
    """
    key = key.strip()
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise PmdError("This is no access key: no key has such characters.", status=401, code="unauthorized")
    return f"Bearer {key}"


def redirected(base_url: str, response: httpx.Response) -> PmdError:
    message = f"{base_url} has moved to {response.headers['Location']}: use that address."
    return PmdError(message, status=response.status_code, code="redirected")


def in_a_circle(base_url: str) -> PmdError:
    return PmdError(f"{base_url} redirects in a circle.", status=HTTPStatus.FOUND, code="redirected")


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds; a date is compared with the service's own clock, as this machine's may be wrong."""
    text = response.headers.get("Retry-After", "")
    if text.isdecimal():
        return float(text)
    try:
        now = parsedate_to_datetime(response.headers["Date"]) if "Date" in response.headers else datetime.now(UTC)
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):
        return None
