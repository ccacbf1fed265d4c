"""What schemathesis cannot know: which texts are ISBNs, and which are places in a list."""

import base64
import json

import schemathesis
from hypothesis import strategies as st

from tests.service.process import isbns

ISBNS = st.integers(0, 10**9 - 1).map(lambda number: isbns(1, number)[0])
PLACES = st.one_of(
    st.tuples(st.sampled_from(["isbn", "-isbn"]), st.booleans(), ISBNS, ISBNS),
    st.tuples(
        st.sampled_from(["title", "-title"]), st.booleans(), st.text(st.characters(codec="utf-8", min_codepoint=33), min_size=1), ISBNS
    ),
    st.tuples(st.sampled_from(["published_year", "-published_year"]), st.booleans(), st.none() | st.integers(-5000, 2200), ISBNS),
    st.tuples(st.sampled_from(["created", "-created"]), st.booleans(), st.datetimes().map(lambda time: f"{time.isoformat()}Z"), ISBNS),
)

schemathesis.openapi.format("isbn", ISBNS)
schemathesis.openapi.format("cursor", PLACES.map(lambda place: base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")))
