"""Bearer tokens: what they claim, and whether to believe it (SPEC section 4)."""

import time
from datetime import UTC, datetime

import jwt
import msgspec
from aiohttp import web

from ..base.settings import Settings
from ..base.telemetry import log

# Servers' clocks differ: a token may have been issued, or begin to hold, so many seconds from now. None for its end.
LEEWAY_SECONDS = 30

MAX_TOKEN = 4096
MAX_SUBJECT = 200

# Checking a signature is a fifth of what a short request costs, and the same token comes again and again.
REMEMBERED_TOKENS = 4096

# With a wrong key everybody is refused: that is said now and then, and not for each of them.
TOLD_SECONDS = 60.0
_NOT_OURS = (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError, jwt.InvalidIssuerError, jwt.InvalidAudienceError)

# datetime has no later one, while a token may be meant for ever.
LAST_SECOND = datetime.max.replace(tzinfo=UTC, microsecond=0).timestamp()


class Claims(msgspec.Struct, frozen=True):
    """The claims that this service reads; times in seconds since 1970, with fractions or without (RFC 7519)."""

    sub: str
    exp: float
    nbf: float = 0
    iat: float = 0

    @property
    def expires_at(self) -> datetime:
        return datetime.fromtimestamp(min(self.exp, LAST_SECOND), UTC)

    def hold_at(self, now: float) -> bool:
        return max(self.nbf, self.iat) - LEEWAY_SECONDS <= now < self.exp


class Tokens:
    """Reads tokens with one pinned algorithm and key; nothing in a token chooses either."""

    def __init__(self, settings: Settings) -> None:
        self._key = settings.jwt_secret_key
        self._algorithm = settings.jwt_algorithm
        self._issuer = settings.jwt_issuer
        self._audience = settings.jwt_audience
        # Those whose signature, issuer and audience were right, which cannot change; their times are looked at anew.
        self._remembered: dict[str, Claims] = {}
        self._refused = 0
        self._told_at = -TOLD_SECONDS

    def read(self, token: str) -> Claims | None:
        """The claims of a token that is valid now; None for any other text."""
        claims = self._remembered.get(token)
        if claims is None:
            claims = self._decode(token)
            if claims is None:
                return None
            self._remembered[token] = claims
            if len(self._remembered) > REMEMBERED_TOKENS:
                del self._remembered[next(iter(self._remembered))]
        return claims if claims.hold_at(time.time()) else None

    def _decode(self, token: str) -> Claims | None:
        if len(token) > MAX_TOKEN:
            return None
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[self._algorithm],
                issuer=self._issuer,
                audience=self._audience,
                options={
                    "require": ["exp", "sub"],
                    "verify_aud": self._audience is not None,
                    # PyJWT cuts fractions off, and knows one leeway for all times.
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
            decoded = msgspec.convert(claims, Claims)
            decoded.sub.encode()
        except _NOT_OURS as error:
            self._tell_of(error)
            return None
        except (jwt.InvalidTokenError, msgspec.ValidationError, UnicodeEncodeError, OverflowError, RecursionError):
            return None  # a number or a nesting beyond all measure; a header or a subject that is no Unicode
        return decoded if 1 <= len(decoded.sub) <= MAX_SUBJECT else None

    def _tell_of(self, error: jwt.InvalidTokenError) -> None:
        self._refused += 1
        if time.monotonic() - self._told_at >= TOLD_SECONDS:
            log.warning("tokens_refused", count=self._refused, error=str(error), algorithm=self._algorithm)
            self._refused, self._told_at = 0, time.monotonic()

    def issue(self, sub: str, expires_at: datetime) -> str:
        """Sign a token as the site would; for operators and the demo, and only with a shared key (HS256)."""
        claims: dict[str, object] = {"sub": sub, "exp": expires_at}
        if self._issuer:
            claims["iss"] = self._issuer
        if self._audience:
            claims["aud"] = self._audience
        return jwt.encode(claims, self._key, algorithm=self._algorithm)


TOKENS = web.AppKey("tokens", Tokens)
