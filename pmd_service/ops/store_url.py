"""``VAULT_URL``: where an object store is, read once and strictly."""

import re
from typing import Self
from urllib.parse import parse_qs, urlsplit

import msgspec

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"(?:[\w-][\w.-]*/)*[\w-][\w.-]*", re.ASCII)


class StoreUrl(msgspec.Struct, frozen=True, kw_only=True):
    """``s3://bucket/prefix?endpoint=…&region=…&public=…``; credentials come from the usual AWS variables.

    ``public`` is the endpoint as browsers reach it, where it is another one than ours.
    """

    bucket: str
    prefix: str
    endpoint: str | None
    region: str
    public: str | None

    @classmethod
    def parse(cls, url: str) -> Self:
        """Raises: ValueError: the URL is not of this form."""
        parts = urlsplit(url)
        given = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        unknown = given.keys() - {"endpoint", "region", "public"}
        prefix = parts.path.strip("/")
        if parts.scheme != "s3" or not _BUCKET.fullmatch(parts.netloc):
            raise ValueError("the bucket's name is missing or malformed: s3://bucket/prefix")
        if prefix and not _PREFIX.fullmatch(prefix):
            raise ValueError("the prefix is malformed")
        if unknown or any(len(values) != 1 for values in given.values()):
            raise ValueError("it takes endpoint, region and public, each once")
        addresses = {name: given[name][0].rstrip("/") for name in ("endpoint", "public") if name in given}
        for name, address in addresses.items():
            host = urlsplit(address)
            if host.scheme not in ("http", "https") or not host.hostname or host.path:
                raise ValueError(f"{name} is not http://host:port or https://host")
        return cls(
            bucket=parts.netloc,
            prefix=f"{prefix}/" if prefix else "",
            endpoint=addresses.get("endpoint"),
            region=given.get("region", ["us-east-1"])[0],
            public=addresses.get("public"),
        )
