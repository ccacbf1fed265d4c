"""An AWS account at the endpoint: the real CLI to change it, and boto3 to look at what came of that."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3

Description = dict[str, Any]

DIGEST = f"sha256:{'0' * 64}"
IMAGE = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": {}, "layers": []}

# What the stacks make: service, call, its arguments, the list in the answer, the name in an item of it.
LISTS: tuple[tuple[str, str, Mapping[str, Any], str, str | None], ...] = (
    ("apigateway", "get_rest_apis", {}, "items", "id"),
    ("cloudwatch", "describe_alarms", {}, "MetricAlarms", "AlarmName"),
    ("cloudwatch", "list_dashboards", {}, "DashboardEntries", "DashboardName"),
    ("cognito-idp", "list_user_pools", {"MaxResults": 60}, "UserPools", "Id"),
    ("ec2", "describe_route_tables", {}, "RouteTables", "RouteTableId"),
    ("ec2", "describe_security_groups", {}, "SecurityGroups", "GroupId"),
    ("ec2", "describe_subnets", {}, "Subnets", "SubnetId"),
    ("ec2", "describe_vpc_endpoints", {}, "VpcEndpoints", "VpcEndpointId"),
    ("ec2", "describe_vpcs", {}, "Vpcs", "VpcId"),
    ("ecr", "describe_repositories", {}, "repositories", "repositoryName"),
    ("ecs", "list_clusters", {}, "clusterArns", None),
    ("elbv2", "describe_load_balancers", {}, "LoadBalancers", "LoadBalancerArn"),
    ("elbv2", "describe_target_groups", {}, "TargetGroups", "TargetGroupArn"),
    ("events", "list_rules", {}, "Rules", "Name"),
    ("iam", "list_policies", {"Scope": "Local"}, "Policies", "Arn"),
    ("iam", "list_roles", {}, "Roles", "RoleName"),
    ("logs", "describe_log_groups", {}, "logGroups", "logGroupName"),
    ("rds", "describe_db_instances", {}, "DBInstances", "DBInstanceIdentifier"),
    ("rds", "describe_db_subnet_groups", {}, "DBSubnetGroups", "DBSubnetGroupName"),
    ("s3", "list_buckets", {}, "Buckets", "Name"),
    ("sns", "list_topics", {}, "Topics", "TopicArn"),
    ("wafv2", "list_web_acls", {"Scope": "REGIONAL"}, "WebACLs", "ARN"),
)


class CommandError(Exception):
    """A command failed; the text is what it printed."""


class NotDeployedError(Exception):
    """A stack was rolled back; the text is why."""


class Account:
    """Empty at first. Who gives its number as access key is its administrator."""

    def __init__(self, endpoint: str, number: str, folder: Path, region: str = "us-east-1") -> None:
        self.endpoint = endpoint
        self.number = number
        self.folder = folder
        self.region = region
        self.clients: dict[str, Any] = {}
        command = folder / "bin" / "aws"
        command.parent.mkdir(exist_ok=True)
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m awscli "$@"\n', encoding="utf-8")
        command.chmod(0o755)

    def shell(self, script: str, credentials: Mapping[str, str] | None = None) -> str:
        """Run commands in the account's folder, as its administrator or another; the standard output. Raises CommandError."""
        environment = {
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": self.number,
            "AWS_SECRET_ACCESS_KEY": "any",
            **(credentials or {}),
        }
        done = subprocess.run(
            ["sh", "-euc", script], check=False, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=300
        )
        if done.returncode:
            raise CommandError(done.stdout + done.stderr)
        return done.stdout

    def client(self, service: str) -> Any:
        """A boto3 client of the administrator."""
        if service not in self.clients:
            self.clients[service] = boto3.client(
                service, endpoint_url=self.endpoint, region_name=self.region, aws_access_key_id=self.number, aws_secret_access_key="any"
            )
        return self.clients[service]

    def push_image(self, repository: str) -> None:
        """Stands in for `docker push`."""
        self.client("ecr").put_image(repositoryName=repository, imageManifest=json.dumps(IMAGE), imageTag="1.0.0")

    def deploy(self, templates: Mapping[str, str], stack: str, **parameters: str) -> None:
        """What `package` and `deploy` of the CLI do, in a fraction of its time; raises NotDeployedError."""
        root = json.loads(templates["root"])
        for layer in root["Resources"].values():
            layer["Properties"]["TemplateURL"] = self._upload(templates[layer["Properties"]["TemplateURL"].partition(".")[0]])
        given = [{"ParameterKey": name, "ParameterValue": value} for name, value in {"ImageDigest": DIGEST, **parameters}.items()]
        cloudformation = self.client("cloudformation")
        exists = any(found["StackName"] == stack for found in cloudformation.describe_stacks()["Stacks"])
        call = cloudformation.update_stack if exists else cloudformation.create_stack
        call(StackName=stack, TemplateBody=json.dumps(root), Parameters=given, Capabilities=["CAPABILITY_IAM"])
        if self.stack(stack)["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise NotDeployedError(self.reasons(stack))

    def _upload(self, template: str) -> str:
        bucket, key = f"templates-{self.number}", hashlib.sha256(template.encode()).hexdigest()
        storage = self.client("s3")
        if not storage.list_buckets()["Buckets"]:
            # S3 takes every region by name but this.
            elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": self.region}} if self.region != "us-east-1" else {}
            storage.create_bucket(Bucket=bucket, **elsewhere)
        storage.put_object(Bucket=bucket, Key=key, Body=template.encode())
        return f"{self.endpoint}/{bucket}/{key}"

    def stack(self, name: str) -> Description:
        """A stack's description, its outputs and parameters as tables."""
        [described] = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
        parameters = {given["ParameterKey"]: given["ParameterValue"] for given in described.get("Parameters", [])}
        return {**described, "Outputs": outputs, "Parameters": parameters}

    def resources(self, stack: str) -> dict[str, str]:
        """The physical ids of a stack's resources, by their logical ids."""
        return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in self._resources(stack)}

    def statuses(self, stack: str) -> dict[str, str]:
        """The statuses of a stack's resources, by their logical ids."""
        return {resource["LogicalResourceId"]: resource["ResourceStatus"] for resource in self._resources(stack)}

    def events(self, stack: str) -> list[tuple[str, str]]:
        """What happened to which logical id, the first event first."""
        return [(event["LogicalResourceId"], event["ResourceStatus"]) for event in self._events(stack)]

    def reasons(self, stack: str) -> str:
        """Why something happened in a stack."""
        return "\n".join(event.get("ResourceStatusReason", "") for event in self._events(stack))

    def updated(self, root: str) -> set[str]:
        """The layers of a root that were updated since they were created."""
        layers = self.resources(root).items()
        return {name for name, layer in layers if any(status.startswith("UPDATE") for _, status in self.events(layer))}

    def inventory(self) -> set[str]:
        """What the services have, whatever CloudFormation says."""
        return {
            f"{service} {item if name is None else item[name]}"
            for service, call, arguments, items, name in LISTS
            for item in getattr(self.client(service), call)(**arguments)[items]
        }

    def _resources(self, stack: str) -> list[Description]:
        resources: list[Description] = self.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
        return resources

    def _events(self, stack: str) -> list[Description]:
        pages = self.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=stack)
        return [event for page in pages for event in page["StackEvents"]][::-1]


def assert_complete(account: Account, stack: str, template: str, status: str = "CREATE_COMPLETE") -> None:
    """The stack has every resource and every output of its template, and no value that is still a reference."""
    described, expected = account.stack(stack), json.loads(template)
    assert described["StackStatus"] == status
    assert account.statuses(stack) == dict.fromkeys(expected["Resources"], status)
    assert set(described["Outputs"]) == set(expected["Outputs"])
    for name, value in described["Outputs"].items():
        assert value, name
        assert "${" not in value, name
        assert value not in expected["Resources"], name
