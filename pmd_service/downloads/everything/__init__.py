"""The contents of a takeout: everything of a user, in documents that other programs read."""
