"""What a new rendering does to a deployment that stands: plain functions that return values."""
