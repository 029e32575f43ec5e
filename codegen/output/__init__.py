"""The commands ``generate`` and ``check``: build the trees, import them, replace the old ones.

Also the public surface, ``docs/surface.txt``. Imports all packages except ``pull`` and ``diff``.
"""
