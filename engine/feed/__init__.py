"""Batches: running the emitted data preparation; samplers are part of the loop. It must not know processes."""
