"""CloudFormation's nested stacks."""

from facts.kinds import Beside, Facts

FACTS = {
    "AWS::CloudFormation::Stack": Facts(
        type="AWS::CloudFormation::Stack",
        source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stack.html",
        arns=("cloudformation:{region}:{account}:stack/{name}/*",),
        ref_is_arn=True,
        # Nested stacks carry tags, and have change sets of their own where somebody asks for those; their handler lists neither.
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/change-sets-for-nested-stacks.html
        beside=(
            Beside(
                (
                    "cloudformation:CreateChangeSet",
                    "cloudformation:DeleteChangeSet",
                    "cloudformation:DescribeChangeSet",
                    "cloudformation:ExecuteChangeSet",
                    "cloudformation:TagResource",
                    "cloudformation:UntagResource",
                ),
                ("cloudformation:{region}:{account}:stack/{stack}-*", "cloudformation:{region}:{account}:stack/{stack}/*"),
            ),
        ),
    )
}
