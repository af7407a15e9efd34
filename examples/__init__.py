"""Example projects, one per idea worth teaching; each is opened, checked, trained and exported by a test."""
