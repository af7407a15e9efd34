"""The document: types, addresses, edits, queries; it must not know kinds, torch or Qt."""
