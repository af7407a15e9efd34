"""What is seen while no project is open: new, open, recent projects, the gallery; it knows files and examples by name only."""
