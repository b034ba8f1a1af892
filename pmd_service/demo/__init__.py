"""The embedded stack and the demo; nothing of the service imports this (extra ``demo``)."""
