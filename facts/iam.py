"""IAM's roles and policies."""

from facts.kinds import Beside, Data, Facts, Name, Role

PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-"
ROLE = ("AWS::IAM::Role", "Ref")

_ALL = (
    Facts(
        type="AWS::IAM::InstanceProfile",
        source=f"{PAGE}instanceprofile.html",
        arns=("iam::{account}:instance-profile/{name}",),
        name=Name("InstanceProfileName", "account"),
        # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html documents no condition keys.
        roles=(Role("Roles", "ec2.amazonaws.com", inside=True),),
        refers={"Roles": ROLE},
    ),
    Facts(
        type="AWS::IAM::ManagedPolicy",
        source=f"{PAGE}managedpolicy.html",
        arns=("iam::{account}:policy/{name}",),
        ref_is_arn=True,
        name=Name("ManagedPolicyName", "account", longest=128),
        policies=("PolicyDocument",),
        refers={"Roles": ROLE},
        beside=(Beside(("iam:AttachRolePolicy", "iam:DetachRolePolicy"), ("iam::{account}:role/{stack}-*",)),),
        unused=("iam:*GroupPolicy", "iam:*UserPolicy"),
    ),
    Facts(
        type="AWS::IAM::OIDCProvider",
        source=f"{PAGE}oidcprovider.html",
        arns=("iam::{account}:oidc-provider/*",),
        ref_is_arn=True,
        data=Data(
            "the provider through which workflows take on every role of the account that trusts it", ("RetainExceptOnCreate", "Retain")
        ),
    ),
    Facts(
        type="AWS::IAM::Role",
        source=f"{PAGE}role.html",
        arns=("iam::{account}:role/{name}",),
        name=Name("RoleName", "account"),
        policies=("AssumeRolePolicyDocument", "Policies.PolicyDocument"),
        refers={"PermissionsBoundary": ("AWS::IAM::ManagedPolicy", "Ref")},
        # The stacks' roles have policies of their own alone, and keep their boundary.
        unused=("iam:AttachRolePolicy", "iam:DeleteRolePermissionsBoundary", "iam:DetachRolePolicy", "iam:UpdateRoleDescription"),
    ),
)
FACTS = {each.type: each for each in _ALL}
