"""Puts a fault into rendered templates, and says whether what was found is what had to be found."""

import copy
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import jsonpatch

from tests.changes.corpus import Exchange, Fault, Red

Templates = dict[str, Any]


class Finding(NamedTuple):
    """What a rule finds: its id, how bad that is, where, and the sentence."""

    rule: str
    severity: str
    where: str
    sentence: str


class NoPlaceError(Exception):
    """There is nothing into which the fault could be put; the message says what is missing."""


def broken(templates: Templates, fault: Fault) -> Templates:
    """The templates with the fault in them; raises NoPlaceError."""
    result: Templates = copy.deepcopy(templates)
    if fault.patch:
        try:
            jsonpatch.apply_patch(result, list(fault.patch), in_place=True)
        except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
            raise NoPlaceError(f"{fault.what} {error}") from None
    if exchange := fault.exchange:
        resources = result[exchange.template]["Resources"]
        places = [resources[exchange.resource]] if exchange.resource else list(resources.values())
        if not sum(_exchanged(place, exchange, within=exchange.within is None) for place in places):
            raise NoPlaceError(f"{fault.what} There is no {exchange.old or exchange.within} in {exchange.template}.")
    return result


def _exchanged(node: Any, exchange: Exchange, *, within: bool) -> int:
    """How often it was exchanged in here."""
    found = 0
    for key, value in list(node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()):
        inside = within or key == exchange.within
        if inside and (value == exchange.old or (exchange.old is None and key == exchange.within)):
            node[key] = exchange.new
            found += 1
        else:
            found += _exchanged(value, exchange, within=inside)
    if found and exchange.new is None and isinstance(node, list):
        node[:] = [item for item in node if item is not None]
    return found


def right(found: Iterable[Finding], red: Red) -> Iterator[Finding]:
    """Those of the findings that are what had to be found."""
    for each in found:
        if each.rule in red.rules and any(fnmatchcase(each.where, place) for place in red.at) and red.says in each.sentence:
            yield each
