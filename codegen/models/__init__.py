"""Generates the models of replies with ariadne-codegen and a plugin, after checks of names.

Imports ``queries`` and the packages below it.
"""
