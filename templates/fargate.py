"""What Fargate offers, and how the service uses a task's CPU."""

# Memory in MiB for each number of CPU units.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
MEMORY: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}


def workers(cpu: int) -> int:
    """Gunicorn workers for a task's CPU units: two a vCPU and one more, but no more than the share of a small task can run."""
    return max(1, cpu * 2 // 1024 + (cpu >= 512))


def connections(cpu: int, threads: int) -> int:
    """Database connections of one task: one a thread of each worker, and one for the migrations, which run before the threads do."""
    return workers(cpu) * threads
