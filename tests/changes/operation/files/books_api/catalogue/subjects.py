"""The subjects of all books, and how one gets another name."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from books_api.catalogue import etags, services
from books_api.catalogue.models import Book
from books_api.catalogue.serializers import Problem

EDITORS: Any = [{"editor": []}]
PROBLEMS = {(status, "application/problem+json"): OpenApiResponse(Problem, why) for status, why in (("400", "Not valid"), ("503", "Away"))}


class Renaming(serializers.Serializer[Any]):
    """A subject, and its new name."""

    old = serializers.CharField(max_length=100)
    new = serializers.CharField(max_length=100)


class SubjectsView(APIView):
    """The subjects."""

    @extend_schema(operation_id="list_subjects", summary="List the subjects", responses={200: serializers.ListField, **PROBLEMS})
    def get(self, request: Request) -> Response:  # noqa: ARG002 the framework passes it
        """Show every subject that a book has, in order."""
        return Response(sorted({subject for listed in Book.objects.values_list("subjects", flat=True) for subject in listed}))

    @extend_schema(
        operation_id="rename_subject", summary="Rename a subject", request=Renaming, responses={204: None, **PROBLEMS}, auth=EDITORS
    )
    @transaction.atomic
    def patch(self, request: Request) -> Response:
        """Give a subject another name, in every book."""
        renaming = Renaming().run_validation(request.data)
        unchecked = etags.precondition(None, None)
        for isbn, subjects in Book.objects.filter(subjects__contains=[renaming["old"]]).values_list("isbn", "subjects"):
            renamed = [renaming["new"] if subject == renaming["old"] else subject for subject in subjects]
            services.change_book(isbn=isbn, fields={"subjects": renamed}, check=unchecked)
        return Response(status=204)
