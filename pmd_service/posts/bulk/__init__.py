"""Changes of all posts that a filter finds, as background work with progress, a report and an undo."""
