"""Users, teams, organizations and projects: keys, sign-in, and what each may do.

May import ``store``, and the packages below it.
"""
