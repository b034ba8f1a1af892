"""The publishing desk: drafts of posts, when they go out, and series (RELEASE section 8)."""
