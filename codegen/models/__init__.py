"""The models of replies: ariadne-codegen, our plugin for it, and checks of what becomes a model.

Imports ``queries`` and what is below it.
"""
