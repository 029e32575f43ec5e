"""Checks of arguments that hold for many calls, and what a look-up needs of them."""
