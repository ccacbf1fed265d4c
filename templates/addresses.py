"""The subnets' CIDRs: a block of the VPC for each zone's letter and tier, whichever other zones there are, so that none ever moves.

A subnet that moved would overlap with the one that it replaces: another zone could not be added (aws-cdk 24708 and 28369).
"""

from collections.abc import Sequence
from ipaddress import IPv4Network

TIERS = ("ingress", "service", "data")
# The zones a and b have an eighth of the VPC for each tier: /19 of a /16. The others share the last quarter: /22 of a /16.
LARGE, SMALL = "ab", "cdef"
LARGE_BITS, SMALL_BITS = 3, 6


def subnets(cidr: str, zones: Sequence[str]) -> dict[str, list[IPv4Network]]:
    """The subnets of each tier, one for each of these zones, in their order."""
    return {tier: [_block(IPv4Network(cidr), zone[-1], index) for zone in zones] for index, tier in enumerate(TIERS)}


def _block(vpc: IPv4Network, letter: str, tier: int) -> IPv4Network:
    letters, bits = (LARGE, LARGE_BITS) if letter in LARGE else (SMALL, SMALL_BITS)
    # The last quarter begins after three quarters of all blocks of that size.
    first = 0 if letter in LARGE else 3 * 2**bits // 4
    number = first + letters.index(letter) * len(TIERS) + tier
    size = vpc.num_addresses >> bits
    return IPv4Network((int(vpc.network_address) + number * size, vpc.prefixlen + bits))


def longest_prefix(zones: Sequence[str]) -> int:
    """The smallest VPC whose subnets are large enough: a load balancer takes a /27 in each zone, or more.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
    """
    return 27 - (SMALL_BITS if any(zone[-1] in SMALL for zone in zones) else LARGE_BITS)


def usable(subnet: IPv4Network) -> int:
    """Addresses that AWS leaves for use: it keeps five of each subnet."""
    return subnet.num_addresses - 5
