"""``python -m services.cli``: the command without its installed script."""

from services.cli import main

main()
