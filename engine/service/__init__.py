"""Processes and what they say to each other: messages and client without torch, server with it."""
