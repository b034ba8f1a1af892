"""Erasing accounts: an operator's order, or its owner's wish after thirty days."""
