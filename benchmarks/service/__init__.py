"""The service beside what one would write otherwise, on the same PostgreSQL with the same books and as many workers."""
