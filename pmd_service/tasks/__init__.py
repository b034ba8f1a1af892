"""Tasks: background work on the files of a library (LIBRARY section 4)."""
