"""Formats of others: exports that are compared before they are handed over; it must not know processes."""
