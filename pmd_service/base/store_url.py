"""``VAULT_URL``: the address of an object store, parsed strictly at the start."""

import re
from typing import Self
from urllib.parse import parse_qs, urlsplit

import msgspec

TIMEOUT_SECONDS = 30

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_SECONDS = re.compile(r"[1-9][0-9]?", re.ASCII)
_PREFIX = re.compile(r"(?:[\w-][\w.-]*/)*[\w-][\w.-]*", re.ASCII)


class StoreUrl(msgspec.Struct, frozen=True, kw_only=True):
    """``s3://bucket/prefix?endpoint=…&region=…&public=…&timeout=…``; credentials come from the usual AWS variables.

    ``public`` is the endpoint for browsers, if it differs from ours. ``timeout`` is how many seconds a call of the
    store may take, retries included.
    """

    bucket: str
    prefix: str
    endpoint: str | None
    region: str
    public: str | None
    timeout: int = TIMEOUT_SECONDS

    @classmethod
    def parse(cls, url: str) -> Self:
        """Raises: ValueError: the URL is not of this form."""
        parts = urlsplit(url)
        given = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        unknown = given.keys() - {"endpoint", "region", "public", "timeout"}
        prefix = parts.path.strip("/")
        if parts.scheme != "s3" or not _BUCKET.fullmatch(parts.netloc):
            raise ValueError("the bucket's name is missing or malformed: s3://bucket/prefix")
        if prefix and not _PREFIX.fullmatch(prefix):
            raise ValueError("the prefix is malformed")
        if unknown or any(len(values) != 1 for values in given.values()):
            raise ValueError("it takes endpoint, region, public and timeout, each once")
        addresses = {name: given[name][0].rstrip("/") for name in ("endpoint", "public") if name in given}
        for name, address in addresses.items():
            host = urlsplit(address)
            if host.scheme not in ("http", "https") or not host.hostname or host.path:
                raise ValueError(f"{name} is not http://host:port or https://host")
        timeout = given.get("timeout", [str(TIMEOUT_SECONDS)])[0]
        if not _SECONDS.fullmatch(timeout):
            raise ValueError("timeout is not a number of seconds from 1 to 99")
        return cls(
            bucket=parts.netloc,
            prefix=f"{prefix}/" if prefix else "",
            endpoint=addresses.get("endpoint"),
            region=given.get("region", ["us-east-1"])[0],
            public=addresses.get("public"),
            timeout=int(timeout),
        )
