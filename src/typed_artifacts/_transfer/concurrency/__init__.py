"""Threads of transfers: a pool of workers, cancellation, and bridges for sync and async callers.

Imports nothing of the other packages here.
"""
