"""The API's documentation: the OpenAPI document, and a page of it."""

from .page import DOCUMENTATION, ROUTES, Documentation, documented

__all__ = ["DOCUMENTATION", "ROUTES", "Documentation", "documented"]
