"""One request for a file: byte sources over urllib3 and httpx, retries, and errors.

May import ``concurrency``.
"""
