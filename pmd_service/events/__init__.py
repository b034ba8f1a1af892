"""Postgres LISTEN/NOTIFY relayed as Server-Sent Events (SPEC section 6)."""
