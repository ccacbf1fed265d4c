"""Announcements: a topic to which the application publishes, and others subscribe."""

import awacs.kms
import awacs.sns
from awacs.aws import Bool, Condition, Principal, StringEquals
from troposphere import Ref, Sub
from troposphere.sns import Topic, TopicPolicy

from templates import policies
from templates.layer import Layer
from templates.settings import Environment

KEY = [awacs.kms.Decrypt, awacs.kms.GenerateDataKey]


def announcements(environment: Environment) -> Layer:
    """The topic, encrypted by the key that AWS manages, since nobody but our own roles publishes."""
    layer = Layer("announcements", environment, "what the application announces")
    topic = layer.add(Topic("Announcements", KmsMasterKeyId="alias/aws/sns"), "What the application announces")
    plain = policies.deny([awacs.sns.Publish], [Ref(topic)], Condition(Bool("aws:SecureTransport", False)), Principal=Principal("*"))
    layer.add(TopicPolicy("AnnouncementsPolicy", Topics=[Ref(topic)], PolicyDocument=policies.document(plain)), "Over TLS alone")
    layer.tells("ANNOUNCEMENTS_ARN", Ref(topic))
    layer.lets_call("sns", [awacs.sns.Publish], [Ref(topic)])
    # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#sns-what-permissions-for-sse
    through = Condition(StringEquals("kms:ViaService", Sub("sns.${AWS::Region}.amazonaws.com")))
    layer.lets_call(None, KEY, [policies.arn("kms", "key/*")], through)
    layer.provides("AnnouncementsTopic", Ref(topic), "The topic of what the application announces", published=True)
    return layer
