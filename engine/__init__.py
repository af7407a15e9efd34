"""The engine: documents, layers, compiler and trainer; it must never know Qt."""

__version__ = "0.1.0"
