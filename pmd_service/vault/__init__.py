"""Where artwork files and archives live, and how artworks on other servers are fetched."""

from .base import VAULT, ArchiveFile, ArtworkUnavailableError, Vault
from .local import LocalVault
from .remote import ArtworkTooLargeError, RemoteArtworks, RemoteFaultError, user_agent

__all__ = [
    "VAULT",
    "ArchiveFile",
    "ArtworkTooLargeError",
    "ArtworkUnavailableError",
    "LocalVault",
    "RemoteArtworks",
    "RemoteFaultError",
    "Vault",
    "user_agent",
]
