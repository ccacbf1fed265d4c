"""The pipelines: what they say, and that every command in them is there."""
