"""Training: the one loop, the thread that runs it, what it records and shows; it must not know processes or Qt."""
