"""Takeouts: everything at once, as downloads in parts (SPEC section 5)."""
