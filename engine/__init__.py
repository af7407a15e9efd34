"""The engine: everything of Netwright without a window; it must not know Qt."""
