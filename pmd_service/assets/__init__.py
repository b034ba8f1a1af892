"""The files that got in: their rows, their papers, and how much a library may hold."""
