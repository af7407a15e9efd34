"""Training graphs from a task and its options; they must not know torch, Qt or how a graph is checked."""
