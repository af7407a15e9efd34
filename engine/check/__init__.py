"""Is it a network: wiring, shapes, cost, problems as data; it must not know torch, Qt or how problems are shown."""
