"""Using networks: previews of one sample; it must not know processes."""
