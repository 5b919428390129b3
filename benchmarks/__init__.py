"""Measurements: figures printed beside a named peer's of the same run."""
