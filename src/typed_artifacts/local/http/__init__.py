"""The HTTP server: the application, endpoints for files, uploads, and transports in this process.

May import every other package here.
"""
