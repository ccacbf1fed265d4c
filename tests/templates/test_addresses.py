"""No subnet moves when zones come and go, none overlaps another, and there is room for the tasks that are stated."""

from ipaddress import IPv4Network
from itertools import combinations

import pytest

from templates import addresses

CHANGES = {
    "a third zone": ("ab", "abc"),
    "the third one again": ("abc", "ab"),
    "one of two exchanged": ("ab", "ac"),
    "two small zones": ("ac", "cd"),
    "a large one for a small one": ("cd", "ad"),
    "the last letter": ("ab", "bf"),
    "another order": ("ab", "ba"),
}


def blocks(letters: str, cidr: str = "10.0.0.0/16") -> dict[tuple[str, str], IPv4Network]:
    zones = [f"us-east-1{letter}" for letter in letters]
    return {
        (tier, zone[-1]): block for tier, found in addresses.subnets(cidr, zones).items() for zone, block in zip(zones, found, strict=True)
    }


@pytest.mark.parametrize(("before", "after"), CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("cidr", ["10.0.0.0/16", "172.20.64.0/18", "192.168.0.0/21"])
def test_what_stays_keeps_its_block_and_what_comes_overlaps_with_none(before: str, after: str, cidr: str) -> None:
    old, new = blocks(before, cidr), blocks(after, cidr)
    assert {key: block for key, block in new.items() if key in old} == {key: block for key, block in old.items() if key in new}
    # CloudFormation makes the new subnets before it deletes the old ones.
    both = {**old, **new}
    assert not [pair for pair in combinations(both.values(), 2) if pair[0].overlaps(pair[1])]
    assert all(block.subnet_of(IPv4Network(cidr)) for block in both.values())


def test_the_table_of_the_architecture() -> None:
    found = blocks("abcf")
    assert [str(found[tier, "a"]) for tier in addresses.TIERS] == ["10.0.0.0/19", "10.0.32.0/19", "10.0.64.0/19"]
    assert [str(found[tier, "b"]) for tier in addresses.TIERS] == ["10.0.96.0/19", "10.0.128.0/19", "10.0.160.0/19"]
    assert [str(found[tier, "c"]) for tier in addresses.TIERS] == ["10.0.192.0/22", "10.0.196.0/22", "10.0.200.0/22"]
    assert str(found["data", "f"]) == "10.0.236.0/22"


@pytest.mark.parametrize(("letters", "room"), [("ab", 8187), ("ac", 1019), ("cd", 1019), ("bf", 1019)])
def test_the_addresses_of_a_zone(letters: str, room: int) -> None:
    """As the settings' check counts them: those of the smallest service subnet."""
    assert min(addresses.usable(block) for (tier, _), block in blocks(letters).items() if tier == "service") == room


@pytest.mark.parametrize("letters", ["ab", "abc", "cd"])
def test_the_smallest_network_has_room_for_a_load_balancer_in_each_zone(letters: str) -> None:
    zones = [f"us-east-1{letter}" for letter in letters]
    assert {block.prefixlen for block in blocks(letters, f"10.0.0.0/{addresses.longest_prefix(zones)}").values()} <= {24, 27}
