"""The catalogue: one declaration per kind, one file per family; it must not know torch or Qt."""
