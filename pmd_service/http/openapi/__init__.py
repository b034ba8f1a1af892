"""The API's documentation: operations declared with the handlers' own types, the OpenAPI document, a page of it."""

from .document import build_document
from .operation import Answer, IdempotencyHeader, Operation, Operations
from .page import DOCUMENTATION, Documentation, get_docs, get_openapi

__all__ = [
    "DOCUMENTATION",
    "Answer",
    "Documentation",
    "IdempotencyHeader",
    "Operation",
    "Operations",
    "build_document",
    "get_docs",
    "get_openapi",
]
