"""Stands in for rich, which the extra ``cli`` brings: a plain installation does not have it.

httpx imports it, where it is there, for a command of its own.
"""

raise ImportError("as in an installation without extras")
