"""The service's settings, read from the environment (SPEC section 2, Settings)."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias, get_args, get_type_hints
from urllib.parse import urlsplit

import msgspec
from aiohttp import web
from msgspec import Meta
from yarl import URL

from .hosts import hosts_of
from .public_ids import PublicIds
from .redis_client import check_redis_url
from .signing import Algorithm, check_key, check_keys_url
from .store_url import StoreUrl

MIB = 1024**2
GIB = 1024**3

Network: TypeAlias = IPv4Network | IPv6Network
Switch = Literal["on", "off"]
# Limits that keep every sum of dates and of bytes within range, in Postgres too.
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Days = Annotated[int, Meta(ge=1, le=3650)]
Bytes = Annotated[int, Meta(ge=1, le=1024 * GIB)]
# Each pattern starts with a literal prefix: none matches all keys.
_PATTERNS = r"^[^\s,*?\[\\][^\s,]*(,[^\s,*?\[\\][^\s,]*)*$"
# The library's names of image formats; by another one (“jpeg”) no file would be accepted.
_FORMAT = "(png|jpg|gif|webp|bmp|tiff|avif|jxl|tga|ico|psd)"
_FORMATS = rf"^ *{_FORMAT} *(, *{_FORMAT} *)*$"
_ORIGIN = r"https?://[^/\s,*@?#]+"
_ORIGINS = rf"^{_ORIGIN}( *, *{_ORIGIN})*$"
# Marks a setting that has, or may have, a password or a key in it: NAME_FILE names a file that has it.
SECRET = Meta(extra={"is_secret": True})
FILE = "_FILE"
# A key or an address; a larger file is another one.
SECRET_BYTES = 65_536
PostgresUrl = Annotated[str, Meta(pattern=r"^postgres(ql)?://"), SECRET]
RedisUrl = Annotated[str, Meta(pattern=r"^(rediss?(\+sentinel)?|unix)://"), SECRET]
JwtKey = Annotated[str, Meta(min_length=32), SECRET]
_ADDRESSES = (
    "database_url", "listen_database_url", "redis_url", "base_url", "smtp_url", "site_webhook_url", "site_redis_url",
)  # fmt: skip
_ENCODED = "in a password, “/”, “?”, “#”, “[” and the like are percent-encoded"


class SettingsError(Exception):
    """Settings are missing or bad; the message is one line that names them."""


class DatabaseSettings(msgspec.Struct, frozen=True, kw_only=True, rename=str.upper):
    """What ``pmd-admin migrate`` needs: who migrates a database need not know the service's keys."""

    database_url: PostgresUrl

    def __post_init__(self) -> None:
        _check_address("DATABASE_URL", self.database_url)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"  # keys and passwords never reach a log through a traceback

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read the settings, secrets also from files; an empty variable counts as unset.

        Raises:
            SettingsError: settings are missing or out of range, or a secret's file cannot be used.
        """
        given: dict[str, str] = {}
        missing, problems = [], []
        for field in msgspec.structs.fields(cls):
            name = field.encode_name
            try:
                if value := _read_setting(environ, name, secrets_of(cls)):
                    given[name] = value
                    _check_value(name, value, field.type)
                elif field.required:
                    missing.append(name)
            except SettingsError as error:
                problems.append(str(error))
        if missing:
            problems.insert(0, f"not set: {', '.join(missing)} (see docs/configuration.md)")
        if problems:
            raise SettingsError("; ".join(problems))
        try:
            return msgspec.convert(given, cls, strict=False, dec_hook=_decode_path)
        except msgspec.ValidationError as error:  # what depends on others, or on more than a pattern
            raise SettingsError(f"bad setting: {error}") from error


class Settings(DatabaseSettings, frozen=True, kw_only=True, rename=str.upper):
    """All settings. The environment's names are the field names in capitals."""

    listen_database_url: PostgresUrl | None = None
    redis_url: RedisUrl
    vault_path: Path = Path("/vault")
    vault_url: Annotated[str, Meta(pattern=r"^s3://")] | None = None
    vault_direct: Switch = "on"
    artwork_url_prefix: str | None = None
    base_url: Annotated[str, Meta(pattern=r"^https?://[^/]+")]
    jwt_secret_key: JwtKey = ""  # not needed with JWT_JWKS_URL
    jwt_previous_key: JwtKey | None = None
    jwt_jwks_url: str | None = None
    jwt_algorithm: Algorithm = "HS256"
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    sqids_alphabet: Annotated[str, Meta(min_length=3)] | None = None
    site_name: str = "Makapix Club"
    bdr_daily_limit: Count = 8
    bdr_max_posts: Annotated[int, Meta(ge=1, le=128)] = 128
    bdr_ttl_days: Days = 7
    bdr_max_bytes: Bytes = 2 * GIB
    archives: Literal["sparse", "whole"] = "sparse"
    remote_fetch: Switch = "on"
    takeout_days: Days = 1
    post_keep_days: Days | None = None
    running_per_user: Count = 2
    upload_max_files: Annotated[int, Meta(ge=1, le=1_000_000)] = 100_000
    upload_ttl_hours: Annotated[int, Meta(ge=1, le=24 * 365)] = 24
    report_ttl_days: Days = 30
    library_max_bytes: Bytes = 5 * GIB
    library_max_files: Annotated[int, Meta(ge=1, le=100_000_000)] = 200_000
    trash_ttl_days: Days = 30
    scrub_days: Days = 30
    publish: Literal["insert", "off"] | None = None  # None: insert, but only into our own tables
    post_formats: Annotated[str, Meta(pattern=_FORMATS)] = "png,gif,webp,bmp"
    post_max_bytes: Bytes = 5 * MIB
    post_max_canvas: Annotated[int, Meta(ge=1, le=65_535)] = 256
    pack_max_bytes: Bytes = 2 * GIB
    pack_daily_limit: Count = 8
    sharing: Switch = "on"
    media_sandbox: Literal["full", "partial"] = "full"
    site_webhook_url: Annotated[str, Meta(pattern=r"^https?://[^/]+")] | None = None
    site_webhook_secret: Annotated[str, Meta(min_length=16), SECRET] | None = None
    user_webhooks: Literal["on", "off", "anywhere"] = "on"
    site_redis_url: RedisUrl | None = None
    site_redis_clear: Annotated[str, Meta(pattern=_PATTERNS)] | None = None
    sign_in_url: Annotated[str, Meta(pattern=r"^(https?://[^/]|/)")] | None = None
    smtp_url: Annotated[str, Meta(pattern=r"^smtps?://"), SECRET] | None = None
    mail_from: Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8080
    trusted_proxies: str | None = None
    shutdown_delay_seconds: Annotated[int, Meta(ge=0, le=3600)] = 0
    key_requests_per_minute: Count = 3000
    cors_origins: Annotated[str, Meta(pattern=_ORIGINS)] | None = None
    max_connections: Annotated[int, Meta(ge=16, le=1_000_000)] = 20_000
    worker_concurrency: Annotated[int, Meta(ge=1, le=64)] | None = None
    worker_metrics_port: Annotated[int, Meta(ge=1, le=65535)] | None = None
    log_format: Literal["json", "console"] = "json"

    def __post_init__(self) -> None:
        problems = [*self._contradictions()]
        for name in _ADDRESSES:
            with _noted(problems):
                _check_address(name.upper(), getattr(self, name))
        with _noted(problems):
            _check_base_url(self.base_url)
        with _noted(problems):
            self._check_keys()
        with _noted(problems), _naming("CORS_ORIGINS"):
            _ = self.other_origins
        with _noted(problems), _naming("TRUSTED_PROXIES"):
            _ = self.proxies
        with _noted(problems), _naming("SQIDS_ALPHABET"):
            PublicIds(self.sqids_alphabet)
        with _noted(problems), _naming("VAULT_URL"):
            _ = self.vault_url and StoreUrl.parse(self.vault_url)
        if problems:
            raise ValueError("; ".join(problems))
        msgspec.structs.force_setattr(self, "base_url", self.base_url.rstrip("/"))

    def _contradictions(self) -> Iterator[str]:
        if self.smtp_url and not self.mail_from:
            yield "MAIL_FROM is required when SMTP_URL is set"
        if (self.site_webhook_url is None) != (self.site_webhook_secret is None):
            yield "SITE_WEBHOOK_URL and SITE_WEBHOOK_SECRET are set together, or neither is"
        if (self.site_redis_url is None) != (self.site_redis_clear is None):
            yield "SITE_REDIS_URL and SITE_REDIS_CLEAR are set together, or neither is"
        if not self.vault_path.is_absolute():  # a server and a worker in different folders would have two
            yield "VAULT_PATH must be an absolute path"

    def _check_keys(self) -> None:
        if not (self.jwt_secret_key or self.jwt_jwks_url):
            raise ValueError("JWT_SECRET_KEY is required, or JWT_JWKS_URL")
        for name in ("jwt_secret_key", "jwt_previous_key"):
            if key := getattr(self, name):
                check_key(name.upper(), self.jwt_algorithm, key)
        if self.jwt_jwks_url is not None:
            check_keys_url("JWT_JWKS_URL", self.jwt_algorithm, self.jwt_jwks_url)

    @property
    def formats_of_posts(self) -> Sequence[str]:
        return [name.strip() for name in self.post_formats.split(",")]

    @property
    def proxies(self) -> tuple[Network, ...] | None:
        """The proxies whose forwarded client addresses are trusted; None: all with a private address."""
        return None if self.trusted_proxies is None else _networks(self.trusted_proxies)

    @property
    def other_origins(self) -> frozenset[str]:
        """Whose pages may call the API, as browsers write origins: lower case, Punycode, no default port."""
        return frozenset(str(URL(each.strip()).origin()) for each in (self.cors_origins or "").split(",") if each)

    @property
    def listen_dsn(self) -> str:
        """The DSN of the LISTEN connection, which must not go through a transaction-mode pooler."""
        return self.listen_database_url or self.database_url


@cache
def secrets_of(kind: type[DatabaseSettings]) -> frozenset[str]:
    """The names, as in the environment, of the settings marked as secret."""
    hints = get_type_hints(kind, include_extras=True)
    parts = {name: (hint, *get_args(hint)) for name, hint in hints.items()}  # of “X | None”, too
    return frozenset(
        name.upper()
        for name, hints in parts.items()
        if any(SECRET in getattr(hint, "__metadata__", ()) for hint in hints)
    )


def _read_setting(environ: Mapping[str, str], name: str, secret: frozenset[str]) -> str | None:
    if name in secret:
        return read_secret(environ, name)
    if environ.get(name + FILE):
        raise SettingsError(f"{name}{FILE}: {name} is not read from a file (see docs/configuration.md)")
    return environ.get(name)


def _check_value(name: str, value: str, kind: object) -> None:
    """A line end is left from a file, as in Kubernetes' secrets: it makes another folder, or headers that none takes.

    Raises:
        SettingsError: it has one, and is no key, which as PEM has lines; or the value is not of this kind.
    """
    if not name.startswith("JWT_") and any(ord(sign) < ord(" ") or sign == "\x7f" for sign in value):
        raise SettingsError(f"{name} has a line end, or another control character, in it")
    try:
        msgspec.convert(value, kind, strict=False, dec_hook=_decode_path)
    except msgspec.ValidationError as error:
        raise SettingsError(f"bad setting: {error} - at `$.{name}`") from error


def read_secret(environ: Mapping[str, str], name: str) -> str | None:
    """A secret, as the variable has it or the file that ``NAME_FILE`` names, without the file's last line end.

    Raises:
        SettingsError: both are set; or the file cannot be read, is empty, too large, or no text.
    """
    path = environ.get(name + FILE)
    if not path:
        return environ.get(name)
    if environ.get(name):
        raise SettingsError(f"{name} and {name}{FILE} are both set: which one is meant?")
    try:
        with Path(path).open("rb") as file:
            content = file.read(SECRET_BYTES + 1)
        text = content.decode().removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(f"{name}{FILE}: {path} cannot be read: {reason}") from error
    if not text.strip() or "\0" in text or len(content) > SECRET_BYTES:
        raise SettingsError(f"{name}{FILE}: {path} is empty, or no secret")
    return text


@cache
def _networks(proxies: str) -> tuple[Network, ...]:
    """Cached: every anonymous request needs them."""
    return tuple(ip_network(each) for each in proxies.split(","))


def environment(settings: Settings) -> dict[str, str]:
    """The environment for a process with these settings: ours, without the settings that it may have itself."""
    names = {field.name: field.encode_name for field in msgspec.structs.fields(Settings)}
    ours = {names[name]: str(value) for name, value in msgspec.structs.asdict(settings).items() if value is not None}
    return {name: value for name, value in os.environ.items() if name not in setting_names()} | ours


@cache
def setting_names() -> frozenset[str]:
    """All names that the environment may have them by."""
    names = (field.encode_name for field in msgspec.structs.fields(Settings))
    return frozenset(names) | {name + FILE for name in secrets_of(Settings)}


@contextmanager
def _noted(problems: list[str]) -> Iterator[None]:
    """What is wrong becomes one of the problems."""
    try:
        yield
    except ValueError as error:
        problems.append(str(error))


@contextmanager
def _naming(setting: str) -> Iterator[None]:
    """What is wrong with a value names its setting."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{setting}: {error}") from error


def _check_address(name: str, url: str | None) -> None:
    if url is None:
        return
    try:
        for host in urlsplit(url).netloc.rpartition("@")[2].split(","):
            _ = urlsplit(f"//{host}").port
    except ValueError:
        # urllib quotes what it cannot read, which may be a part of the password.
        raise ValueError(f"{name} has no readable host and port: {_ENCODED}") from None
    with _naming(name):
        if url.startswith("postgres"):
            hosts_of(url)
        elif url.startswith(("redis", "unix")):
            check_redis_url(url)


def _check_base_url(base_url: str) -> None:
    with _naming("BASE_URL"):
        url = URL(base_url)
        # Links are made by appending a path, and origins are compared with the part before the path.
        plain = bool(url.host) and not (url.user or url.password or url.query_string or url.fragment)
    if not plain or base_url.endswith(("?", "#")):
        raise ValueError("BASE_URL must be an address such as https://example.org, without a query or a fragment")


def _decode_path(kind: type, value: str) -> Path:
    if kind is not Path:
        raise NotImplementedError(kind)
    return Path(value)


SETTINGS = web.AppKey("settings", Settings)
