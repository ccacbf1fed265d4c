"""Cognito's user pools."""

from facts.kinds import After, Data, Facts, Is, Metrics, Name, Role

PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-"
POOL = "cognito-idp:{region}:{account}:userpool/*"
USER_POOL = ("AWS::Cognito::UserPool", "Ref")
# Keys of one's own, which these pools do not have.
KEYS = ("kms:*",)

_ALL = (
    Facts(
        type="AWS::Cognito::UserPool",
        source=f"{PAGE}userpool.html",
        arns=(POOL,),
        name=Name("UserPoolName", "region", unique=False),
        data=Data("its users", ("RetainExceptOnCreate", "Retain")),
        protection=Is("DeletionProtection", ("ACTIVE",), default="INACTIVE"),
        roles=(Role("SmsConfiguration.SnsCallerArn", "cognito-idp.amazonaws.com", source=POOL),),
        # It makes a role for e-mail through SES, or for Pinpoint.
        unused=(*KEYS, "iam:CreateServiceLinkedRole"),
    ),
    Facts(
        type="AWS::Cognito::UserPoolClient",
        source=f"{PAGE}userpoolclient.html",
        acts_on=(POOL,),
        name=Name("ClientName", "parent", unique=False),
        after=(After("AWS::Cognito::UserPoolResourceServer", "it asks for that server's scope", ("UserPoolId", "UserPoolId")),),
        # https://docs.aws.amazon.com/cognito/latest/developerguide/metrics-for-cognito-user-pools.html
        metrics=(
            Metrics(
                "AWS/Cognito",
                {"UserPoolClient": "Ref"},
                ("SignInSuccesses", "SignInThrottles", "SignUpSuccesses", "TokenRefreshSuccesses", "TokenRefreshThrottles"),
                others={"UserPool": USER_POOL},
            ),
        ),
        refers={"UserPoolId": USER_POOL},
        unused=("iam:CreateServiceLinkedRole",),
    ),
    Facts(
        type="AWS::Cognito::UserPoolDomain",
        source=f"{PAGE}userpooldomain.html",
        acts_on=(POOL,),
        # https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html
        name=Name("Domain", "region", longest=63),
        refers={"UserPoolId": USER_POOL},
        unused=(*KEYS, "cloudfront:*"),
    ),
    Facts(
        type="AWS::Cognito::UserPoolResourceServer",
        source=f"{PAGE}userpoolresourceserver.html",
        acts_on=(POOL,),
        refers={"UserPoolId": USER_POOL},
    ),
)
FACTS = {each.type: each for each in _ALL}
