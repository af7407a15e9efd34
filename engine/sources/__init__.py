"""Data sources with numpy: open, describe, split. Each file but `describe` is also copied into stand-alone projects."""
