"""What is selected, to read and to change; it must not know other panels."""
