"""One frozen object from the environment (SPEC section 2, Settings)."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

import msgspec
from aiohttp import web
from msgspec import Meta

from ..site.public_ids import PublicIds
from .store_url import StoreUrl

MIB = 1024**2
GIB = 1024**3

Switch = Literal["on", "off"]
PositiveInt = Annotated[int, Meta(ge=1)]


class SettingsError(Exception):
    """A setting is missing or bad; the message is one line that names it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, rename=str.upper):
    """What the service needs to know from outside. Field names in capitals are the environment's names."""

    database_url: Annotated[str, Meta(pattern=r"^postgres(ql)?://")]
    listen_database_url: Annotated[str, Meta(pattern=r"^postgres(ql)?://")] | None = None
    redis_url: Annotated[str, Meta(pattern=r"^(rediss?|unix)://")]
    vault_path: Path = Path("/vault")
    vault_url: Annotated[str, Meta(pattern=r"^s3://")] | None = None
    vault_direct: Switch = "on"
    artwork_url_prefix: str | None = None
    base_url: Annotated[str, Meta(pattern=r"^https?://[^/]+")]
    jwt_secret_key: Annotated[str, Meta(min_length=32)]
    jwt_algorithm: Literal["HS256", "RS256", "ES256", "EdDSA"] = "HS256"
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    sqids_alphabet: Annotated[str, Meta(min_length=3)] | None = None
    site_name: str = "Makapix Club"
    bdr_daily_limit: PositiveInt = 8
    bdr_max_posts: Annotated[int, Meta(ge=1, le=128)] = 128
    bdr_ttl_days: PositiveInt = 7
    bdr_max_bytes: PositiveInt = 2 * GIB
    remote_fetch: Switch = "on"
    takeout_days: PositiveInt = 7
    post_keep_days: PositiveInt | None = None
    running_per_user: PositiveInt = 2
    upload_max_files: Annotated[int, Meta(ge=1, le=512)] = 512
    upload_ttl_hours: PositiveInt = 24
    report_ttl_days: PositiveInt = 30
    library_max_bytes: PositiveInt = 5 * GIB
    trash_ttl_days: PositiveInt = 30
    publish: Literal["insert", "off"] = "insert"
    post_formats: str = "png,gif,webp,bmp"
    post_max_bytes: PositiveInt = 5 * MIB
    post_max_canvas: PositiveInt = 256
    pack_max_bytes: PositiveInt = 2 * GIB
    pack_daily_limit: PositiveInt = 8
    site_webhook_url: Annotated[str, Meta(pattern=r"^https?://")] | None = None
    site_webhook_secret: Annotated[str, Meta(min_length=16)] | None = None
    sign_in_url: str | None = None
    smtp_url: Annotated[str, Meta(pattern=r"^smtps?://")] | None = None
    mail_from: str | None = None
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8080
    worker_metrics_port: Annotated[int, Meta(ge=1, le=65535)] | None = None
    log_format: Literal["json", "console"] = "json"

    def __post_init__(self) -> None:
        if self.smtp_url and not self.mail_from:
            raise ValueError("MAIL_FROM is required when SMTP_URL is set")
        for name in ("database_url", "listen_database_url", "redis_url", "base_url", "smtp_url"):
            _check_port(name.upper(), getattr(self, name))
        try:
            PublicIds(self.sqids_alphabet)
        except ValueError as error:
            raise ValueError(f"SQIDS_ALPHABET: {error}") from error
        if self.vault_url:
            try:
                StoreUrl.parse(self.vault_url)
            except ValueError as error:
                raise ValueError(f"VAULT_URL: {error}") from error

    def __repr__(self) -> str:
        return "Settings(…)"  # keys and passwords never reach a log through a traceback

    @property
    def listen_dsn(self) -> str:
        """The DSN of the LISTEN connection, which must not go through a transaction-mode pooler."""
        return self.listen_database_url or self.database_url

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read the settings; an empty variable counts as unset.

        Raises:
            SettingsError: a setting is missing or out of range.
        """
        names = msgspec.structs.fields(cls)
        given = {f.encode_name: environ[f.encode_name] for f in names if environ.get(f.encode_name)}
        try:
            return msgspec.convert(given, cls, strict=False, dec_hook=_decode_path)
        except msgspec.ValidationError as error:
            raise SettingsError(f"bad setting: {error}") from error


def _check_port(name: str, url: str | None) -> None:
    # Postgres takes several hosts with a port each, which only its driver can read.
    if url is None or "," in urlsplit(url).netloc:
        return
    try:
        _ = urlsplit(url).port
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _decode_path(kind: type, value: str) -> Path:
    if kind is not Path:
        raise NotImplementedError(kind)
    return Path(value)


SETTINGS = web.AppKey("settings", Settings)
