"""The library (seed 003): a user's files, which are judged, edited, published and purged."""
