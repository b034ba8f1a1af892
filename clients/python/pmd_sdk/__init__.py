"""The client of PMD service: ``Client`` and ``AsyncClient`` have a method for every call of the API."""

from . import models
from .aio import AsyncClient, apages, awith_etag
from .errors import PmdError
from .events import Event
from .sync import Client, pages, with_etag

__all__ = ["AsyncClient", "Client", "Event", "PmdError", "apages", "awith_etag", "models", "pages", "with_etag"]
