"""``pmd push``: a client that uploads files and folders, and watches them. It uses only the public API."""
