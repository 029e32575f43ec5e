"""Versions: their attributes, memberships and metadata, edits, links and deletions."""
