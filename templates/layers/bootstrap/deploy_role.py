"""The role that workflows on GitHub take on: it hands templates to CloudFormation and images to the registry, and no more."""

from collections.abc import Iterator

import awacs.acm
import awacs.application_autoscaling
import awacs.cloudwatch
import awacs.ec2
import awacs.ecr
import awacs.ecs
import awacs.elasticloadbalancing
import awacs.iam
import awacs.logs
import awacs.s3
from awacs import cloudformation
from awacs.aws import Condition, PolicyDocument, Principal, Statement, StringEquals, StringLike
from awacs.sts import AssumeRoleWithWebIdentity
from troposphere import GetAtt, Sub
from troposphere.iam import Role

from templates import github, names, policies
from templates.github import OIDC_HOST
from templates.layer import Layer
from templates.roles import role
from templates.settings import Environment


def deploy_role(layer: Layer, execution: Role) -> Role:
    """Trusts one repository and the refs that the settings name."""
    environment = layer.environment
    stack, arn = names.stack(environment), policies.arn
    return role(
        layer,
        "DeployRole",
        "What workflows on GitHub may do",
        _trust(environment),
        policies.allow(
            [
                cloudformation.CancelUpdateStack,
                cloudformation.ContinueUpdateRollback,
                cloudformation.CreateChangeSet,
                cloudformation.DeleteChangeSet,
                cloudformation.DescribeChangeSet,
                cloudformation.DescribeStackEvents,
                cloudformation.DescribeStackResources,
                cloudformation.DescribeStacks,
                cloudformation.ExecuteChangeSet,
                cloudformation.GetTemplate,
                cloudformation.GetTemplateSummary,
                cloudformation.ListChangeSets,
                cloudformation.ListStackResources,
                cloudformation.SetStackPolicy,
                cloudformation.TagResource,
                cloudformation.UpdateTerminationProtection,
            ],
            # The root stack, and the nested ones, whose names begin with its name.
            [arn("cloudformation", f"stack/{stack}/*"), arn("cloudformation", f"stack/{stack}-*/*")],
        ),
        # Its outputs name the bucket, the registry and the execution role.
        policies.allow([cloudformation.DescribeStacks], [arn("cloudformation", f"stack/{names.bootstrap_stack(environment)}/*")]),
        # A deployment wakes an environment that sleeps: auto scaling asks for the right to change the service itself, too.
        # https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html
        policies.allow(
            [awacs.application_autoscaling.RegisterScalableTarget, awacs.ecs.UpdateService],
            [arn("application-autoscaling", "scalable-target/*"), arn("ecs", f"service/{stack}-*")],
        ),
        # And for the right to change the alarms of target tracking, which AWS names.
        policies.allow(
            [awacs.cloudwatch.DeleteAlarms, awacs.cloudwatch.PutMetricAlarm],
            [arn("cloudwatch", f"alarm:TargetTracking-service/{stack}-*")],
        ),
        policies.allow(
            [awacs.iam.PassRole],
            [GetAtt(execution, "Arn")],
            Condition(StringEquals("iam:PassedToService", "cloudformation.amazonaws.com")),
        ),
        policies.allow([awacs.s3.GetObject, awacs.s3.PutObject], [Sub("${Artifacts.Arn}/*")]),
        policies.allow([awacs.s3.GetBucketLocation, awacs.s3.ListBucket], [GetAtt("Artifacts", "Arn")]),
        policies.allow(
            [
                awacs.ecr.BatchCheckLayerAvailability,
                awacs.ecr.BatchGetImage,
                awacs.ecr.CompleteLayerUpload,
                awacs.ecr.DescribeImages,
                awacs.ecr.GetDownloadUrlForLayer,
                awacs.ecr.InitiateLayerUpload,
                awacs.ecr.PutImage,
                awacs.ecr.UploadLayerPart,
            ],
            [GetAtt("Repository", "Arn")],
        ),
        *_foreign_images(environment),
        policies.allow(
            [
                awacs.ecs.DescribeServiceDeployments,
                awacs.ecs.DescribeServices,
                awacs.ecs.DescribeTasks,
                awacs.ecs.ListServiceDeployments,
                awacs.ecs.ListTasks,
                awacs.ecs.StopServiceDeployment,
            ],
            # Tasks are listed by what they run on, although Fargate has none of that.
            # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
            [arn("ecs", f"{kind}/{stack}-*") for kind in ("cluster", "container-instance", "service", "service-deployment", "task")],
        ),
        policies.allow([awacs.logs.FilterLogEvents, awacs.logs.GetLogEvents], [arn("logs", f"log-group:{stack}-*")]),
        # Alarms are looked up by name, but that is checked against all of them. One statement: the template's size is limited.
        policies.allow(
            [awacs.acm.DescribeCertificate, awacs.cloudwatch.DescribeAlarms], [arn("acm", "certificate/*"), arn("cloudwatch", "alarm:*")]
        ),
        # These take no resource.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
        policies.allow(
            [
                awacs.ec2.DescribeAvailabilityZones,
                awacs.ec2.DescribeManagedPrefixLists,
                awacs.ecr.GetAuthorizationToken,
                # Which of blue and green is live, before a deployment.
                awacs.elasticloadbalancing.DescribeRules,
                awacs.cloudformation.ValidateTemplate,
            ],
            ["*"],
        ),
        bounded=False,
        # A first deployment, or one in steps, takes longer than the hour that is the default.
        MaxSessionDuration=4 * 3600,
    )


def _foreign_images(environment: Environment) -> Iterator[Statement]:
    """Where images come from another account, a deployment reads their digest and processor there."""
    if foreign := environment.service.image_repository_arn:
        yield policies.allow([awacs.ecr.BatchGetImage, awacs.ecr.DescribeImages, awacs.ecr.GetDownloadUrlForLayer], [foreign])


def _trust(environment: Environment) -> PolicyDocument:
    provider = environment.account.oidc_provider_arn or policies.arn("iam", f"oidc-provider/{OIDC_HOST}", region=False)
    claims = {"sub": github.subjects(environment), "ref": github.refs(environment)}
    like = {f"{OIDC_HOST}:{claim}": values for claim, values in claims.items() if values}
    condition = Condition([StringEquals(f"{OIDC_HOST}:aud", "sts.amazonaws.com"), StringLike(like)])
    return policies.document(policies.of_resource([AssumeRoleWithWebIdentity], Principal("Federated", provider), condition))
