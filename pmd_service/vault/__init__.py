"""Where artwork files, archives and uploads live, and how artworks on other servers are fetched."""

from .base import (
    VAULT,
    ArtworkUnavailableError,
    BusyError,
    Found,
    Incoming,
    IncomingWriter,
    NotThereError,
    OffsetError,
    Part,
    Source,
    Stored,
    Vault,
    VaultFaultError,
)
from .local import LocalVault
from .local_files import LocalSource
from .opened import opened_vault, vault_context
from .remote import ArtworkTooLargeError, RemoteArtworks, RemoteFaultError, user_agent

__all__ = [
    "VAULT",
    "ArtworkTooLargeError",
    "ArtworkUnavailableError",
    "BusyError",
    "Found",
    "Incoming",
    "IncomingWriter",
    "LocalSource",
    "LocalVault",
    "NotThereError",
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
