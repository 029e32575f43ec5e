"""The database of a registry: tables, transactions, and what SQLite and PostgreSQL do differently.

Imports nothing of the other packages here.
"""
