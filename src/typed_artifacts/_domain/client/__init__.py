"""Clients: the settings, arguments and attributes of ``Api``, who asks, and their pickling."""
