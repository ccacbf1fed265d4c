"""The steps around the templates."""
