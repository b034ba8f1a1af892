"""The API's documentation: the OpenAPI document, and a page of it."""
