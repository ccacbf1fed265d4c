"""What people and commands look for is published by the stacks, under its name and by its value.

The deploy command pushes, watches and prints what these outputs say.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference
from ci.model.deploying import CLOUDFORMATION
from ci.model.identity import trust
from ci.model.values import text
from ci.rules import Finding, shown
from templates.github import OIDC_HOST

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html"
REMEDY = "Publish it in its layer: provides(..., published=True)."

# Outputs of bootstrap: who takes on the role.
ROLES = {"DeployRoleArn": OIDC_HOST, "ExecutionRoleArn": CLOUDFORMATION}
# By stack and name of the output: the type and attribute that it must be. Each is asked for only where the type is there.
OUTPUTS = {
    ("account", "ApiGatewayLogRoleArn"): ("AWS::IAM::Role", "Arn"),
    ("account", "OidcProviderArn"): ("AWS::IAM::OIDCProvider", "Ref"),
    ("bootstrap", "ArtifactBucket"): ("AWS::S3::Bucket", "Ref"),
    ("bootstrap", "RepositoryName"): ("AWS::ECR::Repository", "Ref"),
    ("bootstrap", "RepositoryUri"): ("AWS::ECR::Repository", "RepositoryUri"),
    ("root", "AppLogGroup"): ("AWS::Logs::LogGroup", "Ref"),
    ("root", "BastionInstanceId"): ("AWS::EC2::Instance", "Ref"),
    ("root", "ClusterName"): ("AWS::ECS::Cluster", "Ref"),
    ("root", "DatabaseHost"): ("AWS::RDS::DBInstance", "Endpoint.Address"),
    ("root", "DatabaseSecretArn"): ("AWS::RDS::DBInstance", "MasterUserSecret.SecretArn"),
    ("root", "DatabaseInstanceId"): ("AWS::RDS::DBInstance", "Ref"),
    ("root", "DomainTarget"): ("AWS::ApiGateway::DomainName", "RegionalDomainName"),
    ("root", "EditorClientId"): ("AWS::Cognito::UserPoolClient", "Ref"),
    ("root", "EditorKeyId"): ("AWS::ApiGateway::ApiKey", "Ref"),
    ("root", "RestApiId"): ("AWS::ApiGateway::RestApi", "RestApiId"),
    ("root", "ServiceName"): ("AWS::ECS::Service", "Name"),
    ("root", "TopicArn"): ("AWS::SNS::Topic", "Ref"),
    ("root", "UserPoolId"): ("AWS::Cognito::UserPool", "Ref"),
}
# Addresses: what stands before and behind a reference to the resource.
ADDRESSES = {
    "ApiUrl": ("AWS::ApiGateway::RestApi", "https://", ".execute-api.{region}.amazonaws.com/{name}/"),
    "DashboardUrl": ("AWS::CloudWatch::Dashboard", "https://console.aws.amazon.com/cloudwatch/home?region={region}#dashboards:name=", ""),
    "SignInUrl": ("AWS::Cognito::UserPoolDomain", "https://", ".auth.{region}.amazoncognito.com"),
}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare each output with its table."""
    roles = [role for role in deployment.of("AWS::IAM::Role") if role.template.name == "bootstrap"]
    for name, taker in ROLES.items() if roles else ():
        taken = [Reference(role, "Arn") for role in roles if any(taker in str(given.principals) for given in trust(deployment, role))]
        if deployment.output("bootstrap", name) != (taken[0] if taken else None):
            yield Finding(deployment.templates["bootstrap"], f"has an output {name} that is not the role that {taker} takes on.")
    here = {(resource.type, resource.template.name) for resource in deployment}
    for (stack, name), (kind, attribute) in OUTPUTS.items():
        if not any(kind == there and stack in ("root", template) for there, template in here):
            continue
        value = deployment.output(stack, name)
        if not isinstance(value, Reference) or (value.resource.type, value.attribute) != (kind, attribute):
            yield Finding(deployment.templates[stack], f"has an output {name} = {shown(value)}, not the {attribute} of a {kind}.")
    environment, domain = deployment.environment, deployment.environment.api.domain
    for name, (kind, *around) in ADDRESSES.items():
        for resource in deployment.of(kind):
            before, behind = (part.format(region=environment.region, name=environment.name) for part in around)
            wanted = f"https://{domain}/" if domain and name == "ApiUrl" else text([before, Reference(resource), behind])
            value = deployment.output("root", name)
            if value != wanted:
                yield Finding(deployment.templates["root"], f"has an output {name} = {shown(value)}, not {wanted}.")
