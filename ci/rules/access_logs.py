"""The ALB writes its access log, and the bucket lets the log delivery of this account's ALBs in, and nothing else.

Where the bucket refuses it, switching the log on fails the deployment.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference
from ci.model.arns import ACCOUNT, arn
from ci.model.identity import statements
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html"
REMEDY = "Leave bucket and policy to templates/load_balancing.py."

DELIVERY = {"Service": ["logdelivery.elasticloadbalancing.amazonaws.com"]}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at the ALB's attributes, then at the statement that lets it in, and at all that denies."""
    for balancer in deployment.of("AWS::ElasticLoadBalancingV2::LoadBalancer"):
        attributes = balancer.pairs("LoadBalancerAttributes")
        if balancer.get("Type") != "application":
            continue
        bucket = attributes.get("access_logs.s3.bucket")
        if attributes.get("access_logs.s3.enabled") != "true" or not isinstance(bucket, Reference):
            yield Finding(balancer, "writes no access log to a bucket of these templates.")
            continue
        path = f"{arn(deployment, bucket.resource)}/AWSLogs/{ACCOUNT}/*"
        for policy in deployment.of("AWS::S3::BucketPolicy"):
            if policy.get("Bucket") == bucket:
                lets = [given for given in statements(deployment, policy, policy.need("PolicyDocument")) if given.effect == "Allow"]
                if [(given.principals, given.actions, given.resources) for given in lets] != [(DELIVERY, ["s3:PutObject"], [path])]:
                    yield Finding(policy, f"does not let just the log delivery write to {path}.")
                elif lets[0].conditions != {"StringEquals": {"aws:SourceAccount": [ACCOUNT]}}:
                    yield Finding(policy, "lets the log delivery of other accounts' balancers in, or asks for more than it tells.")
    for policy in deployment.of("AWS::S3::BucketPolicy"):
        objects = f"{arn(deployment, policy.target('Bucket'))}/*"
        for given in statements(deployment, policy, policy.need("PolicyDocument")):
            if given.effect == "Deny" and given.resources != [objects]:
                yield Finding(policy, f"denies plain access to {given.resources}, not to {objects}.")
