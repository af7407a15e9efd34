"""The window: draws networks, shows them learn; it must not know torch."""
