"""Published formats that takeouts write and imports read."""
