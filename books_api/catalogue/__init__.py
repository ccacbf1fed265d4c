"""The catalogue of books: what the service is for."""
