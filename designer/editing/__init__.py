"""The only door to the document: verbs, undo, selection, clipboard, files; it must not know any view."""
