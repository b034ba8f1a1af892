"""``pmd push``: uploads files and folders, and watches them."""
