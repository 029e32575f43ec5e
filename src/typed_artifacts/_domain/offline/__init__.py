"""What the client answers from the cache folder, without a server."""
