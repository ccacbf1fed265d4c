"""The instance classes of RDS, and how many connections each takes."""

# Memory in GiB of the instance classes, for the limit of connections.
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html
_SMALL = {"micro": 1, "small": 2, "medium": 4, "large": 8, "xlarge": 16, "2xlarge": 32}
_LARGE = {"large": 1, "xlarge": 2, "2xlarge": 4, "4xlarge": 8, "8xlarge": 16, "12xlarge": 24, "16xlarge": 32}
MEMORY_GIB: dict[str, int] = {
    **{f"db.t4g.{size}": gib for size, gib in _SMALL.items()},
    **{f"db.{family}.{size}": 8 * factor for family in ("m6g", "m7g", "m8g") for size, factor in _LARGE.items()},
    **{f"db.{family}.{size}": 16 * factor for family in ("r6g", "r7g", "r8g") for size, factor in _LARGE.items()},
}

# RDS takes part of the memory for itself before it computes max_connections, most on the smallest class;
# these shares are on the careful side.
_USABLE = 0.75


def max_connections(instance_class: str) -> int:
    """What RDS sets max_connections to: the memory in bytes by 9531392, at most 5000, less those that it reserves.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections
    """
    usable = MEMORY_GIB[instance_class] * 2**30 * _USABLE
    return min(int(usable / 9531392), 5000) - 5
