"""Archives: safe names, and a ZIP that keeps its own bytes and refers to all others."""
