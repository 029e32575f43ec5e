"""What the cache folder knows of versions that were downloaded, beside their contents.

``records`` and ``choosing`` decide, without I/O: what a record holds, and which of them a path
means. ``store`` reads and writes them. May import ``_transfer`` and what lies below it; knows
nothing of GraphQL, and sends nothing.

In the folder: ``records/SERVER/COLLECTION/VERSION.json``, each part of the name a hash, and
``manifests/SHA256.json``; contents are ``md5/…`` and ``xxh128/…`` (see ``_transfer.cache``).
Nothing in it is a secret: no key, and no URL that a server gave.
"""
