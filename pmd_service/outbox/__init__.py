"""E-mail: templates, and a sender that says whether trying again can help."""
