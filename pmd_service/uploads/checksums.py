"""tus's checksum extension: what a body's digest has to be, where its sender says so."""

import base64
import hashlib
from typing import TYPE_CHECKING, NamedTuple

from ..http.errors import bad_request

if TYPE_CHECKING:
    from hashlib import _Hash

# SHA-1 is a MUST of tus; it guards against accidents here, and nothing trusts it.
ALGORITHMS = {"sha1": 20, "sha256": 32}


class Checksum(NamedTuple):
    """A digest by one of ``ALGORITHMS``."""

    algorithm: str
    digest: bytes

    def hasher(self) -> "_Hash":
        return hashlib.new(self.algorithm, usedforsecurity=False)


def read_checksum(header: str | None) -> Checksum | None:
    """What ``Upload-Checksum`` says, if anything.

    Raises:
        ProblemError: 400, an algorithm that is not offered, or no digest of it in Base64.
    """
    if header is None:
        return None
    algorithm, _, value = header.partition(" ")
    try:
        digest = base64.b64decode(value, validate=True)
    except ValueError as error:
        raise bad_request("Upload-Checksum is not in base64.", path="Upload-Checksum") from error
    if len(digest) != ALGORITHMS.get(algorithm):
        offered = " or ".join(ALGORITHMS)
        raise bad_request(f"Upload-Checksum has to be the body's digest by {offered}.", path="Upload-Checksum")
    return Checksum(algorithm, digest)
