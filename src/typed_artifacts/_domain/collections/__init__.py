"""Collections and registries: their attributes, kinds and edits."""
