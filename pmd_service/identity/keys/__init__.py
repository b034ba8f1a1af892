"""Access keys, by which programs act for their users, and how a program gets one without a browser (RFC 8628)."""
