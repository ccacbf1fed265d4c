"""A policy at a resource (bucket, topic, key, repository, endpoint) lets in those who use it, for what they use it, and nobody else.

A publisher without a permission on the topic, or on its key, fails without a word; a key whose policy lets nobody administer it can never
be changed again.
"""

from collections.abc import Iterable, Iterator

from ci.model import Deployment, Reference, Resource
from ci.model.arns import ACCOUNT, arn
from ci.model.deploying import needed, without_resource
from ci.model.identity import ITSELF, Statement, statements
from ci.rules import Finding

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html"
REMEDY = "Correct the policy in its layer, templates/, or image_pull_accounts in environments/."

# Where policies stand.
PLACES = {
    "AWS::EC2::VPCEndpoint": "PolicyDocument",
    "AWS::ECR::Repository": "RepositoryPolicyText",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
}
# What must have one, and where the policy names it.
PROTECTED = (
    ("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "Bucket"),
    ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "Topics"),
)
# https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
PUBLISHERS = ("budgets.amazonaws.com", "cloudwatch.amazonaws.com", "events.amazonaws.com")
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")

# Effect, principal, action, resource.
Grant = tuple[str, str, str, str]


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare each such policy with those who use what it stands at."""
    for kind, policy, name in PROTECTED:
        named = [each.get(name) for each in deployment.of(policy)]
        for resource in deployment.of(kind):
            if len([each for each in named if each in (Reference(resource), [Reference(resource)])]) != 1:
                yield Finding(resource, "has not one policy, which denies access without TLS.")
    for kind, place in PLACES.items():
        for owner in deployment.of(kind):
            given = statements(deployment, owner, owner.get(place))
            if kind == "AWS::EC2::VPCEndpoint":
                # What goes through, the rule endpoint-calls says.
                if not given or any(statement.principals != {"*": ["*"]} for statement in given):
                    yield Finding(owner, "has no policy, or one that names principals, of which it knows none but everybody.")
                continue
            found, wanted = _grants(given), set(_wanted(deployment, owner))
            yield from (Finding(owner, f"does not {_said(grant)}.") for grant in sorted(wanted - found))
            yield from (Finding(owner, f"does {_said(grant)}.") for grant in sorted(found - wanted))


def _said(grant: Grant) -> str:
    effect, principal, action, resource = grant
    who = f"{effect.lower()} {principal} {action}"
    return who if resource == ITSELF else f"{who} on {resource}"


def _grants(given: Iterable[Statement]) -> set[Grant]:
    return {
        (statement.effect, principal, action, resource)
        for statement in given
        for principals in (statement.principals or {"": [""]}).values()
        for principal in principals
        for action in statement.actions
        for resource in statement.resources
    }


def _wanted(deployment: Deployment, owner: Resource) -> Iterator[Grant]:
    root = f"arn:aws:iam::{ACCOUNT}:root"
    match owner.type:
        case "AWS::ECR::Repository":
            for account in deployment.environment.account.image_pull_accounts:
                yield from (("Allow", f"arn:aws:iam::{account}:root", action, ITSELF) for action in PULL)
        case "AWS::KMS::Key":
            # In a key's policy "*" is the key. Its handler needs these; rotation is never switched off, and a deletion can be called off.
            administer = {action for action in needed()["AWS::KMS::Key"] if action.startswith("kms:")} - without_resource()
            for action in administer - {"kms:DisableKeyRotation"} | {"kms:CancelKeyDeletion"}:
                yield "Allow", root, action, "*"
            for publisher in PUBLISHERS:
                yield from (("Allow", publisher, action, "*") for action in ("kms:Decrypt", "kms:GenerateDataKey"))
        case "AWS::SNS::TopicPolicy":
            topic = arn(deployment, owner.target("Topics", 0))
            yield from (("Allow", publisher, "sns:Publish", topic) for publisher in PUBLISHERS)
            yield "Deny", "*", "sns:Publish", topic
        case _:
            bucket = owner.target("Bucket")
            yield from (("Deny", "*", action, f"{arn(deployment, bucket)}/*") for action in ("s3:GetObject", "s3:PutObject"))
            if any(Reference(bucket) in _logs(balancer) for balancer in deployment.of("AWS::ElasticLoadBalancingV2::LoadBalancer")):
                yield "Allow", DELIVERY, "s3:PutObject", f"{arn(deployment, bucket)}/AWSLogs/{ACCOUNT}/*"


def _logs(balancer: Resource) -> list[object]:
    return [balancer.pairs("LoadBalancerAttributes").get("access_logs.s3.bucket")]
