"""Engine processes and the document as Qt signals in the GUI thread; it must not know widgets or verbs."""
