"""The command ``demo``: its data, its tour of the API, and what to try next."""
