"""The operators' console: background work of every kind, its failures, and orders on it."""
