"""tus's checksum extension: the digest of a request body, as its client declares it."""

import base64
import hashlib
from typing import TYPE_CHECKING, NamedTuple

from ..http.errors import bad_request

if TYPE_CHECKING:
    from hashlib import _Hash

# By name, with the digest's length in bytes. tus requires SHA-1; here it only detects transmission errors.
ALGORITHMS = {"sha1": 20, "sha256": 32}


class Checksum(NamedTuple):
    """A digest by one of ``ALGORITHMS``."""

    algorithm: str
    digest: bytes

    def hasher(self) -> "_Hash":
        return hashlib.new(self.algorithm, usedforsecurity=False)


def read_checksum(header: str | None) -> Checksum | None:
    """Parse ``Upload-Checksum``.

    Raises:
        ProblemError: 400, an unsupported algorithm, or not a digest of its length in Base64.
    """
    if header is None:
        return None
    algorithm, _, value = header.partition(" ")
    try:
        digest = base64.b64decode(value, validate=True)
    except ValueError as error:
        raise bad_request("Upload-Checksum is not valid base64.", path="Upload-Checksum") from error
    if len(digest) != ALGORITHMS.get(algorithm):
        offered = " or ".join(ALGORITHMS)
        raise bad_request(f"Upload-Checksum must be the body's {offered} digest.", path="Upload-Checksum")
    return Checksum(algorithm, digest)
