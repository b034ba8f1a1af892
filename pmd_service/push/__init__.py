"""``pmd push``: a client that sends files and folders, and watches them. It knows the service by its API alone."""
