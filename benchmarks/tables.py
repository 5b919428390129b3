"""Tables of figures, as benchmarks print them."""

from rich.console import Console
from rich.table import Table

console = Console(width=100)


def table(title: str, *columns: str) -> Table:
    """A table whose first column is words and whose others are figures."""
    made_table = Table(title=title, title_justify="left")
    for place, column in enumerate(columns):
        made_table.add_column(column, justify="right" if place else "left")
    return made_table
