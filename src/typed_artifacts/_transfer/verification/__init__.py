"""Compares a folder with a manifest, without a request: what is wrong, what a download would do.

May import every other package here.
"""
