"""SQS's queues."""

from facts.kinds import Data, Facts, Is, Metrics, Name

PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-"

_ALL = (
    Facts(
        type="AWS::SQS::Queue",
        source=f"{PAGE}queue.html",
        arns=("sqs:{region}:{account}:{name}",),
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
        name=Name("QueueName", "region", longest=80),
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-sqs-sse-queue.html
        at_rest=(Is("SqsManagedSseEnabled", (True,), default=True, unless=("KmsMasterKeyId",)),),
        data=Data("its messages", ("Retain", "RetainExceptOnCreate")),
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html
        plain=("sqs:ReceiveMessage", "sqs:SendMessage"),
        refers={"RedrivePolicy.deadLetterTargetArn": ("AWS::SQS::Queue", "Arn")},
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
        metrics=(
            Metrics(
                "AWS/SQS",
                {"QueueName": "QueueName"},
                ("ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible", "NumberOfMessagesSent"),
                counts=("NumberOfMessagesSent",),
            ),
        ),
    ),
    Facts(
        type="AWS::SQS::QueuePolicy",
        source=f"{PAGE}queuepolicy.html",
        acts_on=("sqs:{region}:{account}:{stack}-*",),
        policies=("PolicyDocument",),
        protects="Queues",
        refers={"Queues": ("AWS::SQS::Queue", "Ref")},
    ),
)
FACTS = {each.type: each for each in _ALL}
