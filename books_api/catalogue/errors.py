"""What can be wrong with a request for a book."""

from rest_framework.exceptions import APIException, NotFound


class BookNotFound(NotFound):
    """No book has this ISBN."""

    default_detail = "No book in the catalogue has this ISBN."


class BookExists(APIException):
    """A book has this ISBN already."""

    status_code = 409
    default_detail = "A book with this ISBN is in the catalogue already."


class PreconditionFailed(APIException):
    """If-Match or If-None-Match does not hold."""

    status_code = 412
    default_detail = "The book is not in the state that the request expects: somebody else may have changed it. Read it again."
