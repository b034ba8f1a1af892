"""How often the model, which doubles, is run."""

# Another factor is reached from above.
DOUBLINGS = {2: 1, 3: 2, 4: 2, 8: 3}


def model_pixels(pixels: int, factor: int) -> int:
    """How many pixels the model reads to enlarge this many: what its time grows with."""
    return sum(pixels * 4**doubling for doubling in range(DOUBLINGS[factor]))
