"""Checks of facts, each a generator of what contradicts the facts of a type."""
