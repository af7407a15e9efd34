"""Loss and metrics of a run as live curves, one card each; the package knows events of runs, not the document."""
