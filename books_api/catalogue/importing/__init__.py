"""A librarian's files into the catalogue: read, understood, cleaned, merged, and reported.

A file becomes records (tables, json_lines, marc), a record's columns become fields (columns, exports), its values become a book's
(books, with isbns, years, prices, languages, people), books become rows (loading), and all that was not plain is told (report, rejects).
"""
