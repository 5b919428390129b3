"""How many histories a property is tried with."""

import os

from hypothesis import settings

WHOLE = settings(max_examples=1000, deadline=None)
"""An auditor's own properties, in every run."""

PROPERTY = settings(max_examples=int(os.environ.get("EXAMPLES", "250")), deadline=None)
"""Their twins of every kind: a bounded part in a run, a thousand each in
``make properties``."""
