"""A user's whole way, from an empty account to nothing left, with the real engine, registry, AWS CLI and service."""
