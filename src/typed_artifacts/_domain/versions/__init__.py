"""Versions: their attributes, memberships and metadata, edits, links, deletions and errors."""
