"""HTTP as this package needs it: connections, replies, and sources of bytes on top of them.

``source`` is the seam that transfers see; ``sockets`` and ``httpx_source`` are its two sides.
``connections`` makes connections and keeps them, ``wire`` reads replies from them, ``decoding``
undoes a reply's compression, ``tls`` and ``proxies`` say whom to trust and what stands between.
Nothing here knows of GraphQL, artifacts or digests.
"""
