"""Computes the subnets' CIDRs from the VPC's: consecutive blocks, zone by zone, tier by tier."""

from ipaddress import IPv4Network

TIERS = ("ingress", "service", "data")


def subnets(cidr: str, zones: int) -> dict[str, list[IPv4Network]]:
    """The subnets of each tier, one a zone: /19 of a /16 for two zones, /20 for three."""
    bits = 3 if zones == 2 else 4
    blocks = IPv4Network(cidr).subnets(prefixlen_diff=bits)
    by_zone = [[next(blocks) for _ in TIERS] for _ in range(zones)]
    return {tier: [zone[index] for zone in by_zone] for index, tier in enumerate(TIERS)}


def usable(subnet: IPv4Network) -> int:
    """Addresses that AWS leaves for use: it keeps five of each subnet."""
    return subnet.num_addresses - 5
