"""Bearer tokens: verification and claims (SPEC section 4)."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

import jwt
import msgspec
from aiohttp import web

from ..base.critical import create_critical_task, stop_tasks
from ..base.settings import Settings
from ..base.telemetry import log
from .jwks import PublishedKeys

# For clocks that differ: a token may be issued, or become valid, this many seconds from now. None for its expiry.
LEEWAY_SECONDS = 30

MAX_TOKEN = 4096
MAX_SUBJECT = 200

# Verifying a signature is a fifth of what a short request costs, and the same tokens are used repeatedly.
REMEMBERED_TOKENS = 4096

# With a wrong key all users are refused: this is logged from time to time, not for each.
LOG_SECONDS = 60.0
_NOT_OURS = (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError, jwt.InvalidIssuerError, jwt.InvalidAudienceError)


class Claims(msgspec.Struct, frozen=True):
    """The claims that this service reads; times in seconds since 1970, with fractions or without (RFC 7519)."""

    sub: str
    exp: float
    nbf: float = 0
    iat: float = 0

    def hold_at(self, now: float) -> bool:
        return max(self.nbf, self.iat) - LEEWAY_SECONDS <= now < self.exp


class Tokens:
    """Verifies tokens by one pinned algorithm and our own keys; a token can only name one of these."""

    def __init__(self, settings: Settings) -> None:
        # During a key rotation, tokens of both keys are valid.
        self._keys = [key for key in (settings.jwt_secret_key, settings.jwt_previous_key) if key]
        self._by_id: Mapping[str, jwt.PyJWK] = {}
        url = settings.jwt_jwks_url
        self.published = PublishedKeys(url, settings.jwt_algorithm, self._take) if url else None
        self._algorithm = settings.jwt_algorithm
        self._issuer = settings.jwt_issuer
        self._audience = settings.jwt_audience
        # Verified tokens: signature, issuer and audience cannot change; the times are checked each time.
        self._remembered: dict[str, Claims] = {}
        self._refused = 0
        self._logged_at = -LOG_SECONDS

    def read(self, token: str) -> Claims | None:
        """The claims of a token that is valid now, else None."""
        claims = self._remembered.get(token)
        if claims is None:
            claims = self._decode(token)
            if claims is None:
                return None
            self._remembered[token] = claims
            if len(self._remembered) > REMEMBERED_TOKENS:
                del self._remembered[next(iter(self._remembered))]
        return claims if claims.hold_at(time.time()) else None

    def _take(self, keys: Mapping[str, jwt.PyJWK]) -> None:
        """Use these published keys; tokens of others have to be verified again."""
        self._by_id = keys
        self._remembered.clear()

    def wants_keys(self, token: str) -> bool:
        """Whether a token names a key that may have been published since the last fetch."""
        if self.published is None or not token or token in self._remembered:
            return False
        key_id = _key_id(token)
        return key_id is not None and key_id not in self._by_id

    def _keys_for(self, token: str) -> Sequence[str | jwt.PyJWK]:
        key_id = _key_id(token) if self.published is not None else None
        if key_id is not None and key_id in self._by_id:
            return [self._by_id[key_id]]
        # A single published key need not be named.
        return [*self._keys, *self._by_id.values()] if key_id is None and len(self._by_id) == 1 else self._keys

    def _decode(self, token: str) -> Claims | None:
        """The claims of a token signed by one of the keys, else None."""
        if len(token) > MAX_TOKEN:
            return None
        refused: jwt.InvalidTokenError | None = None
        for key in self._keys_for(token):
            try:
                return self._decode_by(key, token)
            except _NOT_OURS as error:
                refused = error
        if refused is not None:
            self._log_refused(refused)
        return None

    def _decode_by(self, key: str | jwt.PyJWK, token: str) -> Claims | None:
        """Raises: one of ``_NOT_OURS``: another key may be the right one."""
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[self._algorithm],
                issuer=self._issuer,
                audience=self._audience,
                options={
                    "require": ["exp", "sub"],
                    "verify_aud": self._audience is not None,
                    # PyJWT truncates fractions, and has one leeway for all times.
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
            decoded = msgspec.convert(claims, Claims)
            decoded.sub.encode()
        except _NOT_OURS:
            raise
        except (jwt.InvalidTokenError, msgspec.ValidationError, UnicodeEncodeError, OverflowError, RecursionError):
            return None  # a number or nesting out of range; a header or subject that is not Unicode
        return decoded if 1 <= len(decoded.sub) <= MAX_SUBJECT else None

    def _log_refused(self, error: jwt.InvalidTokenError) -> None:
        self._refused += 1
        if time.monotonic() - self._logged_at >= LOG_SECONDS:
            log.warning("tokens_refused", count=self._refused, error=str(error), algorithm=self._algorithm)
            self._refused, self._logged_at = 0, time.monotonic()

    def issue(self, sub: str, expires_at: datetime) -> str:
        """Sign a token as the site would; for operators and the demo, and only with a shared key (HS256)."""
        claims: dict[str, object] = {"sub": sub, "exp": expires_at}
        if self._issuer:
            claims["iss"] = self._issuer
        if self._audience:
            claims["aud"] = self._audience
        return jwt.encode(claims, self._keys[0], algorithm=self._algorithm)


def _key_id(token: str) -> str | None:
    """The key id in a token's header, else None."""
    try:
        key_id = jwt.get_unverified_header(token[:MAX_TOKEN]).get("kid")  # a longer one is not valid anyway
    except (jwt.InvalidTokenError, RecursionError):
        return None
    return key_id if isinstance(key_id, str) else None


TOKENS = web.AppKey("tokens", Tokens)


async def keys_context(app: web.Application) -> AsyncIterator[None]:
    """Fetch the published keys at the start and periodically; the server starts without them, too."""
    published = app[TOKENS].published
    going = create_critical_task(published.go_on(), name="jwks") if published is not None else None
    yield
    if going is not None:
        await stop_tasks(going)
