"""Amazon Q Developer in chat applications, whose API is still called Chatbot."""

from facts.kinds import Facts, Is, Name, Role

FACTS = {
    "AWS::Chatbot::SlackChannelConfiguration": Facts(
        type="AWS::Chatbot::SlackChannelConfiguration",
        source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-chatbot-slackchannelconfiguration.html",
        arns=("chatbot::{account}:chat-configuration/slack-channel/{name}",),
        ref_is_arn=True,
        name=Name("ConfigurationName", "account"),
        # https://docs.aws.amazon.com/chatbot/latest/adminguide/slr-permissions.html
        linked_roles=("management.chatbot.amazonaws.com",),
        # Without a guardrail the channel may do what its role, or a user's own, may do, up to AdministratorAccess.
        # https://docs.aws.amazon.com/chatbot/latest/adminguide/understanding-permissions.html
        private=(Is("GuardrailPolicies", pattern=r"arn:aws:iam::aws:policy/(\w+/)?\w*ReadOnly\w*"),),
        # https://docs.aws.amazon.com/chatbot/latest/adminguide/cross-service-confused-deputy-prevention.html
        roles=(Role("IamRoleArn", "chatbot.amazonaws.com", source="chatbot::{account}:*"),),
        refers={"SnsTopicArns": ("AWS::SNS::Topic", "Ref")},
    )
}
