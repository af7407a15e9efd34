"""What can be added to the open graph; it must not know other panels."""
