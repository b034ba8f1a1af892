"""Packs (seed 003): approved files given away together, and the archives built of them."""
