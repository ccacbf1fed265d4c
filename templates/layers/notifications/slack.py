"""Notifications in a Slack channel, through Amazon Q Developer in chat applications (formerly AWS Chatbot)."""

from troposphere import GetAtt, Ref, Sub
from troposphere.chatbot import SlackChannelConfiguration
from troposphere.sns import Topic

from templates import names, policies
from templates.layer import Layer
from templates.roles import role


def slack(layer: Layer, topic: Topic) -> None:
    """The channel's configuration; the workspace is authorised by hand, once, in the console."""
    channel = layer.environment.monitoring.slack
    if channel is None:
        return
    slack_role = role(
        layer,
        "SlackRole",
        "Lets nobody do anything from Slack: the channel only reads notifications",
        # https://docs.aws.amazon.com/chatbot/latest/adminguide/cross-service-confused-deputy-prevention.html
        policies.trust("chatbot.amazonaws.com", source=policies.arn("chatbot", "*", region=False)),
    )
    layer.add(
        SlackChannelConfiguration(
            "Slack",
            ConfigurationName=names.stack(layer.environment),
            SlackWorkspaceId=channel.workspace_id,
            SlackChannelId=channel.channel_id,
            IamRoleArn=GetAtt(slack_role, "Arn"),
            # Without a guardrail the channel's limit is AdministratorAccess.
            GuardrailPolicies=[Sub("arn:${AWS::Partition}:iam::aws:policy/CloudWatchReadOnlyAccess")],
            SnsTopicArns=[Ref(topic)],
        ),
        "Notifications in Slack",
    )
