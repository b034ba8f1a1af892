"""Importing archives: what is in them, in the same words whatever their form."""
