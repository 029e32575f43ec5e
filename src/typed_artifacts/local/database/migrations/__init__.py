"""How the tables of older releases become those of this one: one module for each step."""
