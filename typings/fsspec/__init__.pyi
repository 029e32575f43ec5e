# What this project uses of fsspec, which brings no types.

from .spec import AbstractFileSystem

def filesystem(protocol: str, **storage_options: object) -> AbstractFileSystem: ...
