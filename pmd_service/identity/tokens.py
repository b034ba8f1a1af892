"""Bearer tokens: what they claim, and whether to believe it (SPEC section 4)."""

from datetime import UTC, datetime
from typing import Annotated

import jwt
import msgspec
from aiohttp import web

from ..ops.settings import Settings


class Claims(msgspec.Struct, frozen=True):
    """The claims that this service reads; ``exp`` in seconds since 1970."""

    sub: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    exp: int

    @property
    def expires_at(self) -> datetime:
        return datetime.fromtimestamp(self.exp, UTC)


class Tokens:
    """Reads tokens with one pinned algorithm and key; nothing in a token chooses either."""

    def __init__(self, settings: Settings) -> None:
        self._key = settings.jwt_secret_key
        self._algorithm = settings.jwt_algorithm
        self._issuer = settings.jwt_issuer
        self._audience = settings.jwt_audience

    def read(self, token: str) -> Claims | None:
        """The claims of a valid, unexpired token; None for any other text."""
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[self._algorithm],
                issuer=self._issuer,
                audience=self._audience,
                options={"require": ["exp", "sub"], "verify_aud": self._audience is not None},
            )
            return msgspec.convert(claims, Claims, strict=False)
        except (jwt.InvalidTokenError, msgspec.ValidationError, UnicodeEncodeError):
            return None  # the last of them is a header that was not UTF-8

    def issue(self, sub: str, expires_at: datetime) -> str:
        """Sign a token as the site would; for operators and the demo, and only with a shared key (HS256)."""
        claims: dict[str, object] = {"sub": sub, "exp": expires_at}
        if self._issuer:
            claims["iss"] = self._issuer
        if self._audience:
            claims["aud"] = self._audience
        return jwt.encode(claims, self._key, algorithm=self._algorithm)


TOKENS = web.AppKey("tokens", Tokens)
