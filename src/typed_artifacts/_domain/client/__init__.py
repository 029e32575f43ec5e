"""Clients: the settings, arguments and attributes of ``Api``, and their pickling."""
