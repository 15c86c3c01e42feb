"""``python -m kierto`` is the ``kierto`` command."""

from kierto.config.cli import main

main()
