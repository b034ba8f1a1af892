"""The library (seed 003): all one's files, judged by hand, edited, published, and taken away for good."""
