"""The queue: what the application wants done later, and what could not be done."""

from typing import Any

import awacs.sqs
from awacs.aws import Bool, Condition, Principal
from troposphere import GetAtt, Ref
from troposphere.sqs import Queue, QueuePolicy, RedrivePolicy

from templates import policies
from templates.layer import Layer
from templates.measures import measure
from templates.settings import Environment

WEEK, TWO_WEEKS = 7 * 24 * 3600, 14 * 24 * 3600
ATTEMPTS = 5


def queue(environment: Environment) -> Layer:
    """The queue, its dead letters, and who may use them: our own roles, over TLS."""
    layer = Layer("queue", environment, "what the application wants done later")
    # A message keeps its age when it becomes a dead letter.
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    dead = layer.add(_queue("DeadLetters", MessageRetentionPeriod=TWO_WEEKS), f"What failed {ATTEMPTS} times")
    redrive = RedrivePolicy(deadLetterTargetArn=GetAtt(dead, "Arn"), maxReceiveCount=ATTEMPTS)
    queue = layer.add(_queue("Queue", MessageRetentionPeriod=WEEK, RedrivePolicy=redrive), "What the application wants done later")
    plain = policies.deny(
        [awacs.sqs.SendMessage, awacs.sqs.ReceiveMessage],
        [GetAtt(each, "Arn") for each in (queue, dead)],
        Condition(Bool("aws:SecureTransport", False)),
        Principal=Principal("*"),
    )
    layer.add(QueuePolicy("QueuePolicy", Queues=[Ref(queue), Ref(dead)], PolicyDocument=policies.document(plain)), "Over TLS alone")
    layer.tells("QUEUE_URL", Ref(queue))
    layer.lets_call("sqs", [awacs.sqs.SendMessage], [GetAtt(queue, "Arn")])
    waiting, failed = (measure("ApproximateNumberOfMessagesVisible", "Maximum", each) for each in (queue, dead))
    age = measure("ApproximateAgeOfOldestMessage", "Maximum", queue)
    layer.alarm("DeadLettersArrive", f"Something failed {ATTEMPTS} times", failed, above=0, minutes=1)
    layer.alarm("QueueWaits", "Something waits for more than an hour", age, above=3600)
    layer.graph("Queue", "Maximum", waiting, failed)
    return layer


def _queue(title: str, **properties: Any) -> Queue:
    return Queue(title, SqsManagedSseEnabled=True, DeletionPolicy="RetainExceptOnCreate", UpdateReplacePolicy="Retain", **properties)
