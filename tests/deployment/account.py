"""An AWS account at the endpoint: the real CLI with its commands, and boto3 to look at what came of them."""

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


class CommandError(Exception):
    """The CLI said no; the text is what it printed."""


class Account:
    """Empty at first. Who holds its number as access key is its administrator."""

    def __init__(self, endpoint: str, number: str, folder: Path, region: str = "us-east-1") -> None:
        self.folder = folder
        self.number = number
        self.region = region
        self.environment = {
            "PATH": f"{folder}/bin:{os.environ['PATH']}",
            "HOME": str(folder),
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_DEFAULT_REGION": region,
            "AWS_ACCESS_KEY_ID": number,
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
        }
        command = folder / "bin" / "aws"
        command.parent.mkdir(exist_ok=True)
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m awscli "$@"\n')
        command.chmod(0o755)

    def shell(self, script: str, **variables: str) -> str:
        """Run commands in bash, in the account's folder; the standard output of all. Raises CommandError."""
        command = ["bash", "-euo", "pipefail", "-c", script]
        done = subprocess.run(command, cwd=self.folder, env=self.environment | variables, capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise CommandError(done.stdout + done.stderr)
        return done.stdout

    def client(self, service: str) -> Any:
        """A boto3 client of the administrator."""
        return boto3.client(
            service,
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name=self.region,
            aws_access_key_id=self.number,
            aws_secret_access_key="any",
        )

    def deploy(self, templates: Mapping[str, str], stack: str, **parameters: str) -> str:
        """Package and deploy a root stack and what it nests; what the CLI says."""
        folder, bucket = self.folder / "templates", f"packaged-{self.number}"
        if not folder.exists():
            folder.mkdir()
            # S3 takes every region by name but this.
            elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": self.region}} if self.region != "us-east-1" else {}
            self.client("s3").create_bucket(Bucket=bucket, **elsewhere)
        for name, text in templates.items():
            (folder / name).write_text(text)
        given = {"ImageDigest": DIGEST} | parameters
        return self.shell(
            f"""
            aws cloudformation package --use-json --template-file {folder}/root.template.json --s3-bucket {bucket} \
                --output-template-file packaged.json
            aws cloudformation deploy --no-fail-on-empty-changeset --stack-name {stack} --template-file packaged.json \
                --capabilities CAPABILITY_IAM --parameter-overrides {" ".join(f"{name}={value}" for name, value in given.items())}
            """
        )

    def stack(self, name: str) -> Description:
        """A stack's description, its outputs and parameters as tables."""
        [described] = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
        parameters = {given["ParameterKey"]: given["ParameterValue"] for given in described.get("Parameters", [])}
        return {**described, "Outputs": outputs, "Parameters": parameters}

    def resources(self, stack: str) -> dict[str, Description]:
        """A stack's resources by their logical ids."""
        resources = self.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
        return {resource["LogicalResourceId"]: resource for resource in resources}

    def layers(self, root: str) -> dict[str, str]:
        """The ids of the stacks that a root nests, by their logical ids."""
        return {name: resource["PhysicalResourceId"] for name, resource in self.resources(root).items()}

    def events(self, stack: str) -> list[tuple[str, str]]:
        """What happened to which logical id, the first event first."""
        pages = self.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=stack)
        newest_first = [(event["LogicalResourceId"], event["ResourceStatus"]) for page in pages for event in page["StackEvents"]]
        return newest_first[::-1]

    def updated(self, root: str) -> set[str]:
        """The layers that were updated since they were created."""
        return {name for name, layer in self.layers(root).items() if any(status.startswith("UPDATE") for _, status in self.events(layer))}

    def inventory(self) -> set[str]:
        """The names of what the services have, whatever CloudFormation says."""
        return {f"{service} {found}" for service, call, path in _LISTS for found in self._list(service, call, path)}

    def _list(self, service: str, call: str, path: str) -> list[str]:
        arguments = {"wafv2": {"Scope": "REGIONAL"}, "iam": {"Scope": "Local"} if call == "list_policies" else {}, "cognito-idp": {"MaxResults": 60}}
        answer = getattr(self.client(service), call)(**arguments.get(service, {}))
        key, name = path.split(".") if "." in path else (path, None)
        return [str(item[name] if name else item) for item in answer[key]]


_LISTS = (
    ("apigateway", "get_rest_apis", "items.id"),
    ("cloudwatch", "describe_alarms", "MetricAlarms.AlarmName"),
    ("cloudwatch", "list_dashboards", "DashboardEntries.DashboardName"),
    ("cognito-idp", "list_user_pools", "UserPools.Id"),
    ("ec2", "describe_route_tables", "RouteTables.RouteTableId"),
    ("ec2", "describe_security_groups", "SecurityGroups.GroupId"),
    ("ec2", "describe_subnets", "Subnets.SubnetId"),
    ("ec2", "describe_vpc_endpoints", "VpcEndpoints.VpcEndpointId"),
    ("ec2", "describe_vpcs", "Vpcs.VpcId"),
    ("ecr", "describe_repositories", "repositories.repositoryName"),
    ("ecs", "list_clusters", "clusterArns"),
    ("elbv2", "describe_load_balancers", "LoadBalancers.LoadBalancerArn"),
    ("elbv2", "describe_target_groups", "TargetGroups.TargetGroupArn"),
    ("events", "list_rules", "Rules.Name"),
    ("iam", "list_policies", "Policies.Arn"),
    ("iam", "list_roles", "Roles.RoleName"),
    ("logs", "describe_log_groups", "logGroups.logGroupName"),
    ("rds", "describe_db_instances", "DBInstances.DBInstanceIdentifier"),
    ("rds", "describe_db_subnet_groups", "DBSubnetGroups.DBSubnetGroupName"),
    ("s3", "list_buckets", "Buckets.Name"),
    ("sns", "list_topics", "Topics.TopicArn"),
    ("wafv2", "list_web_acls", "WebACLs.ARN"),
)


def resource_names(template: str) -> set[str]:
    """The logical ids in a template's text."""
    return set(json.loads(template)["Resources"])
