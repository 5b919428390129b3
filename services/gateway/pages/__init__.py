"""The pages that officials, operators and integrators look at.

Consumes  what the gateway's view holds.
Decides   nothing.
Emits     HTML, complete without scripts; htmx keeps it fresh.

::

    site      the routes, what every answer carries, errors as pages
    frame     what surrounds each page: navigation, language, the templates
    telling   names, figures and dates as a reader has them
    readable  any event in words, by the contract's own labels
    links     where the page of a subject or a statement is

A page is a function of a visit and of the view; each kind has a module of its own
with its template, and an entry in ``sections.SECTIONS``.
"""
