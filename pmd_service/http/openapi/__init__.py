"""The API's documentation: the OpenAPI document, and a page of it."""

from .document import build_document
from .page import DOCUMENTATION, ROUTES, Documentation

__all__ = ["DOCUMENTATION", "ROUTES", "Documentation", "build_document"]
