"""Bigger pictures of what nodes compute; the package knows pictures and probes, not the document."""
