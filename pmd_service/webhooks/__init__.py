"""Webhooks of users: what happens to their things is sent to servers of theirs."""
