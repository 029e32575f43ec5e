"""Run as a process of its own: an example for the official client, in the folder that is named."""

import os
import sys

code, folder = sys.argv[1:]
os.chdir(folder)
exec(code)  # noqa: S102  # an example of our own page
