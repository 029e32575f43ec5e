"""The commands ``generate`` and ``check``: building trees, importing them, replacing the old.

Also the public surface, ``docs/surface.txt``. Imports everything but ``pull`` and ``diff``.
"""
