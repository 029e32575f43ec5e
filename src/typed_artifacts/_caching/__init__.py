"""The cache folder's records of downloaded versions, next to the file contents.

``records``, ``choosing`` and ``pruning`` decide, without I/O: what a record holds, which of them a
path means, what goes to make room. ``store`` reads and writes records, ``contents`` lists, hashes
and removes files; ``cache`` has ``Cache``, over both. May import ``_transfer`` and what lies below
it; knows nothing of GraphQL, and sends nothing.

In the folder: ``records/SERVER/COLLECTION/VERSION.json``, each part of the name a hash, and
``manifests/SHA256.json``; ``lock`` counts the records; contents are ``md5/…`` and ``xxh128/…`` (see
``_transfer.disk.cache``).
Nothing in it is a secret: no key, and no URL that a server gave.
"""
