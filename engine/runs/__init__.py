"""Runs: what one is told, says and leaves behind; it must not know torch or processes."""
