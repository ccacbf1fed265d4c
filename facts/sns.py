"""SNS's topics."""

from facts.kinds import Delivery, Facts, Is, Metrics, Name

PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-"

_ALL = (
    Facts(
        type="AWS::SNS::Subscription",
        source=f"{PAGE}subscription.html",
        # Its actions name the topic. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
        acts_on=("sns:{region}:{account}:{stack}-*",),
        # https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html
        deliveries=(
            Delivery(
                "Endpoint",
                "sns.amazonaws.com",
                {"AWS::SQS::Queue": ("sqs:SendMessage",), "AWS::Lambda::Function": ("lambda:InvokeFunction",)},
                key_actions=("kms:Decrypt", "kms:GenerateDataKey"),
            ),
        ),
        refers={"TopicArn": ("AWS::SNS::Topic", "Ref")},
    ),
    Facts(
        type="AWS::SNS::Topic",
        source=f"{PAGE}topic.html",
        arns=("sns:{region}:{account}:{name}",),
        ref_is_arn=True,
        name=Name("TopicName", "region", longest=256),
        # https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html
        at_rest=(Is("KmsMasterKeyId"),),
        # https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html#enforce-encryption-data-in-transit
        plain=("sns:Publish",),
        refers={"KmsMasterKeyId": ("AWS::KMS::Key", "Ref")},
        # https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
        metrics=(
            Metrics(
                "AWS/SNS",
                {"TopicName": "TopicName"},
                (
                    "NumberOfMessagesPublished",
                    "NumberOfNotificationsDelivered",
                    "NumberOfNotificationsFailed",
                    "NumberOfNotificationsFilteredOut",
                    "PublishSize",
                ),
            ),
        ),
    ),
    Facts(
        type="AWS::SNS::TopicPolicy",
        source=f"{PAGE}topicpolicy.html",
        acts_on=("sns:{region}:{account}:{stack}-*",),
        policies=("PolicyDocument",),
        protects="Topics",
        refers={"Topics": ("AWS::SNS::Topic", "Ref")},
    ),
)
FACTS = {each.type: each for each in _ALL}
