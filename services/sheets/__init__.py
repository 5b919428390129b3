"""Spreadsheets as offices send them, and back: bytes, a table, statements.

::

    reading     bytes -> sheets of exact values; what is no table is refused
    looking     what is hidden, and how numbers are shown; ``looking97``,
                ``lookingods``: in an xls, an ods
    guessing    a sheet -> a profile with a score, to be confirmed by a person
    profile     which sheet, header rows, column -> field, unit, default
    body        the rows under a header: data, groups, totals, notes; sums checked
    values      a cell -> a text, a day, a code, a region; ``numerals``: a number;
                ``fields``: what a field of the contract takes
    listing     sheets and a profile -> statements, and every cell not understood
    choosing    the kept profile or a guess, and a person's corrections
    preview     bytes -> what they would say; ``bounded``: in a process with limits
    repeating   what of it is new, by the receipts; ``kept``: profiles as files
    columns     the contract's fields as columns
    writing     statements -> a workbook that is read back to the same statements

Pure but for ``bounded`` and ``kept``: no files, no clock, no wire. What is not
understood is a problem with the cell's address, all at once, in both languages;
nothing is guessed in silence and no row is dropped without being told.
"""
