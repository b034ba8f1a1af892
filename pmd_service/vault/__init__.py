"""Storage of artworks, archives and uploads, and the fetching of artworks on other servers."""

from .base import (
    UNREADABLE,
    ArtworkUnavailableError,
    BusyError,
    Found,
    Head,
    Incoming,
    IncomingWriter,
    ObjectMissingError,
    ObjectUnreadableError,
    OffsetError,
    Part,
    Source,
    Stored,
    Take,
    VaultFaultError,
)
from .local import local_vault
from .local_files import LocalSource
from .opened import opened_vault, store_vault, vault_context
from .remote import ArtworkTooLargeError, RemoteArtworks, RemoteFaultError, user_agent
from .store import Store
from .vault import VAULT, Vault

__all__ = [
    "UNREADABLE",
    "VAULT",
    "ArtworkTooLargeError",
    "ArtworkUnavailableError",
    "BusyError",
    "Found",
    "Head",
    "Incoming",
    "IncomingWriter",
    "LocalSource",
    "ObjectMissingError",
    "ObjectUnreadableError",
    "OffsetError",
    "Part",
    "RemoteArtworks",
    "RemoteFaultError",
    "Source",
    "Store",
    "Stored",
    "Take",
    "Vault",
    "VaultFaultError",
    "local_vault",
    "opened_vault",
    "store_vault",
    "user_agent",
    "vault_context",
]
