"""`make faults`: run the whole matrix and print its table; 1 if a cell is wrong."""

import sys

from tests.reliability import matrix
from tests.reliability.tabling import table


def main() -> int:
    with matrix.opened() as opened:
        cells = matrix.run(opened, whole=True)
    wrong = [cell for cell in cells if cell.wrong]
    lines = [table(cells), *(str(cell) for cell in wrong)]
    sys.stdout.write("\n".join([*lines, f"{len(cells)} cells, {len(wrong)} wrong", ""]))
    return 1 if wrong else 0


sys.exit(main())
