"""Settings from outside the program: variables, settings files, netrc, proxies, certificates.

Read here and nowhere else, never written. May import ``errors`` and ``_values``.
"""
