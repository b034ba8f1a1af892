"""The search language of files and posts, and its conditions as SQL."""
