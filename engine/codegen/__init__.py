"""From a checked project to readable source; it must not know torch, Qt or how source is run."""
