"""Storage of artworks, archives and uploads, and the fetching of artworks on other servers."""

from .base import (
    ArtworkUnavailableError,
    BusyError,
    Found,
    Incoming,
    IncomingWriter,
    ObjectMissingError,
    ObjectUnreadableError,
    OffsetError,
    Part,
    Source,
    Stored,
    VaultFaultError,
)
from .local import LocalVault
from .local_files import LocalSource
from .opened import opened_vault, vault_context
from .remote import ArtworkTooLargeError, RemoteArtworks, RemoteFaultError, user_agent
from .vault import UNREADABLE, VAULT, Vault

__all__ = [
    "UNREADABLE",
    "VAULT",
    "ArtworkTooLargeError",
    "ArtworkUnavailableError",
    "BusyError",
    "Found",
    "Incoming",
    "IncomingWriter",
    "LocalSource",
    "LocalVault",
    "ObjectMissingError",
    "ObjectUnreadableError",
    "OffsetError",
    "Part",
    "RemoteArtworks",
    "RemoteFaultError",
    "Source",
    "Stored",
    "Vault",
    "VaultFaultError",
    "opened_vault",
    "user_agent",
    "vault_context",
]
