"""Takeouts: downloads of all artworks of an artist (SPEC section 5)."""
