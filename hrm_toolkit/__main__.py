"""``python -m hrm_toolkit``: the command line."""

import sys

from hrm_toolkit.cli import main

if __name__ == "__main__":
    sys.exit(main())
