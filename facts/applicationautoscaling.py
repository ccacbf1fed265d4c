"""Application Auto Scaling."""

from facts.kinds import Beside, Facts, Role

PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-applicationautoscaling-"
# Of ECS services; other services have other ones.
# https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-service-linked-roles.html
LINKED = "ecs.application-autoscaling.amazonaws.com"

_ALL = (
    Facts(
        type="AWS::ApplicationAutoScaling::ScalableTarget",
        source=f"{PAGE}scalabletarget.html",
        arns=("application-autoscaling:{region}:{account}:scalable-target/*",),
        linked_roles=(LINKED,),
        roles=(Role("RoleARN", "application-autoscaling.amazonaws.com"),),
        # It makes alarms of its own for a target, with the permissions of whoever sets the target.
        # https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html
        beside=(
            Beside(
                ("cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"),
                ("cloudwatch:{region}:{account}:alarm:TargetTracking-*",),
            ),
        ),
        unused=("lambda:*",),
    ),
    Facts(
        type="AWS::ApplicationAutoScaling::ScalingPolicy",
        source=f"{PAGE}scalingpolicy.html",
        # Its actions name the target. https://docs.aws.amazon.com/service-authorization/latest/reference/list_applicationautoscaling.html
        acts_on=("application-autoscaling:{region}:{account}:scalable-target/*",),
        linked_roles=(LINKED,),
        refers={"ScalingTargetId": ("AWS::ApplicationAutoScaling::ScalableTarget", "Ref")},
        beside=(Beside(("cloudwatch:PutMetricAlarm",), ("cloudwatch:{region}:{account}:alarm:TargetTracking-*",)),),
    ),
)
FACTS = {each.type: each for each in _ALL}
