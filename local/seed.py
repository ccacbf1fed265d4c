"""Books for the demo: the service's own command, in a task of its own."""

import time

import boto3

from local.demo import ACCOUNT, REGION, Demo, DemoError

COMMAND = ["python", "books_api/manage.py", "seed_books"]


def seed(demo: Demo) -> None:
    """Run it to its end; raises DemoError."""
    ecs = boto3.client(
        "ecs", endpoint_url=demo.variables["AWS_ENDPOINT_URL"], region_name=REGION, aws_access_key_id=ACCOUNT, aws_secret_access_key="any"
    )
    [cluster] = ecs.list_clusters()["clusterArns"]
    [service] = ecs.describe_services(cluster=cluster, services=ecs.list_services(cluster=cluster)["serviceArns"])["services"]
    override = {"containerOverrides": [{"name": service["loadBalancers"][0]["containerName"], "command": COMMAND}]}
    [task] = ecs.run_task(cluster=cluster, taskDefinition=service["taskDefinition"], overrides=override)["tasks"]
    until = time.monotonic() + 60
    while time.monotonic() < until:
        [now] = ecs.describe_tasks(cluster=cluster, tasks=[task["taskArn"]])["tasks"]
        if now["lastStatus"] == "STOPPED":
            if any(container.get("exitCode") for container in now["containers"]):
                raise DemoError(f"The demo's books were not added: {now['stoppedReason']}.")
            return
        time.sleep(0.3)
    raise DemoError("The demo's books were not added within a minute.")
