"""Whether a server's schema has what each documented call sends and reads."""
