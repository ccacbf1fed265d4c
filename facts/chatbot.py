"""Amazon Q Developer in chat applications, whose API is still called Chatbot."""

from facts.kinds import Facts, Name, Role

FACTS = {
    "AWS::Chatbot::SlackChannelConfiguration": Facts(
        type="AWS::Chatbot::SlackChannelConfiguration",
        source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-chatbot-slackchannelconfiguration.html",
        arns=("chatbot::{account}:chat-configuration/slack-channel/{name}",),
        ref_is_arn=True,
        name=Name("ConfigurationName", "account"),
        # https://docs.aws.amazon.com/chatbot/latest/adminguide/slr-permissions.html
        linked_roles=("management.chatbot.amazonaws.com",),
        # https://docs.aws.amazon.com/chatbot/latest/adminguide/cross-service-confused-deputy-prevention.html
        roles=(Role("IamRoleArn", "chatbot.amazonaws.com", source="chatbot::{account}:*"),),
        refers={"SnsTopicArns": ("AWS::SNS::Topic", "Ref")},
    )
}
