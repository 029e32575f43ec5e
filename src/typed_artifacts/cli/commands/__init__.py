"""The commands, one module for each subject.

A command reads its options, calls the public classes, and hands the result to ``output``. What a
command alone needs, such as the client, it imports when it runs: ``--help`` loads none of it.
"""
