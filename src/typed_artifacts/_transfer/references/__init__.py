"""Files that are stored elsewhere: converted to manifest entries, followed, and checked.

May import ``uploads``, ``downloads`` and what these may import.
"""
