"""The browsers that are signed in: those that send a token as a cookie."""
