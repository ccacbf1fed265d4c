"""What people and commands look for is published by the stacks, under its name and as what it says.

The commands push, watch, connect and print what these outputs say.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference, Template
from ci.model.values import text
from ci.rules import Finding, shown
from ci.rules.constitution import deploy_roles, execution_role

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html"
REMEDY = "Publish it in its layer: provides(..., published=True)."

# By the name of the output: the type and attribute that it must be, where a resource of the type is there.
BESIDE = {
    "ApiGatewayLogRoleArn": ("AWS::ApiGateway::Account", ""),
    "ArtifactBucket": ("AWS::S3::Bucket", "Ref"),
    "OidcProviderArn": ("AWS::IAM::OIDCProvider", "Ref"),
    "RepositoryName": ("AWS::ECR::Repository", "Ref"),
    "RepositoryUri": ("AWS::ECR::Repository", "RepositoryUri"),
}
ROOT = {
    "AppLogGroup": ("AWS::Logs::LogGroup", "Ref"),
    "BastionInstanceId": ("AWS::EC2::Instance", "Ref"),
    "ClusterName": ("AWS::ECS::Cluster", "Ref"),
    "DatabaseHost": ("AWS::RDS::DBInstance", "Endpoint.Address"),
    "DatabaseInstanceId": ("AWS::RDS::DBInstance", "Ref"),
    "DatabaseSecretArn": ("AWS::RDS::DBInstance", "MasterUserSecret.SecretArn"),
    "DomainTarget": ("AWS::ApiGateway::DomainName", "RegionalDomainName"),
    "EditorClientId": ("AWS::Cognito::UserPoolClient", "Ref"),
    "EditorKeyId": ("AWS::ApiGateway::ApiKey", "Ref"),
    "RestApiId": ("AWS::ApiGateway::RestApi", "RestApiId"),
    "ServiceName": ("AWS::ECS::Service", "Name"),
    "TopicArn": ("AWS::SNS::Topic", "Ref"),
    "UserPoolId": ("AWS::Cognito::UserPool", "Ref"),
}
# Addresses: what is before and behind a reference to the resource.
ADDRESSES = {
    "ApiUrl": ("AWS::ApiGateway::RestApi", "https://", ".execute-api.{region}.amazonaws.com/{name}/"),
    "DashboardUrl": ("AWS::CloudWatch::Dashboard", "https://console.aws.amazon.com/cloudwatch/home?region={region}#dashboards:name=", ""),
    "SignInUrl": ("AWS::Cognito::UserPoolDomain", "https://", ".auth.{region}.amazoncognito.com"),
}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare each output with its table; of the stacks beside the root, in the one that has such a resource."""
    root = deployment.templates["root"]
    for template in deployment.templates.values():
        if template.stack is None and template is not root:
            here = {resource.type for resource in template.resources.values()}
            yield from (each for name, wanted in BESIDE.items() if wanted[0] in here for each in _is(deployment, template, name, *wanted))
    roles = {"ExecutionRoleArn": [execution_role(deployment)], "DeployRoleArn": deploy_roles(deployment)}
    for name, [role] in ((name, found) for name, found in roles.items() if found):
        if deployment.output(role.template.name, name) != Reference(role, "Arn"):
            yield Finding(role.template, f"has no output {name} that is {role.label}.")
    for name, (kind, attribute) in ROOT.items():
        if any(resource.template.stack for resource in deployment.of(kind)):
            yield from _is(deployment, root, name, kind, attribute)
    yield from _addresses(deployment, root)


def _is(deployment: Deployment, template: Template, name: str, kind: str, attribute: str) -> Iterator[Finding]:
    value = deployment.output(template.name, name)
    if not attribute:
        wanted = [account.get("CloudWatchRoleArn") for account in deployment.of(kind)]
        if value not in wanted:
            yield Finding(template, f"has an output {name} = {shown(value)}, not the role of its {kind}.")
    elif not isinstance(value, Reference) or (value.resource.type, value.attribute) != (kind, attribute):
        yield Finding(template, f"has an output {name} = {shown(value)}, not the {attribute} of a {kind}.")


def _addresses(deployment: Deployment, root: Template) -> Iterator[Finding]:
    environment = deployment.environment
    for name, (kind, *around) in ADDRESSES.items():
        value, wanted = deployment.output("root", name), []
        for resource in deployment.of(kind):
            before, behind = (part.format(region=environment.region, name=environment.name) for part in around)
            own = name == "ApiUrl" and environment.api.domain
            wanted.append(f"https://{environment.api.domain}/" if own else text([before, Reference(resource), behind]))
        if wanted and value not in wanted:
            yield Finding(root, f"has an output {name} = {shown(value)}, not {wanted[0]}.")
