"""The emitted source, to read: lines lead to nodes and nodes to lines; it must not know other panels."""
