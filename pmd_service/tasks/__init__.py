"""Tasks: what is done to files of a library in the background (LIBRARY section 4)."""
