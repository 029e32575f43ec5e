"""The command ``diff``: what a change of schema does to operations, classes and attributes.

Imports ``rendering`` and the packages below it.
"""
