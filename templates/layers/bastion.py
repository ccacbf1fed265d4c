"""The bastion: an instance without a public address, through which Session Manager reaches the database."""

import awacs.ssm
import awacs.ssmmessages
from troposphere import Ref, Select
from troposphere.ec2 import BlockDeviceMapping, EbsBlockDevice, Instance, MetadataOptions
from troposphere.iam import InstanceProfile

from templates import policies
from templates.layer import Layer
from templates.roles import role
from templates.settings import Environment

# Amazon Linux 2023, which has the agent of Systems Manager, in its newest version whenever the instance is made.
# https://docs.aws.amazon.com/linux/al2023/ug/ec2.html#launch-via-aws-cli
IMAGE = "{{resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64}}"

# What the agent calls. None of these has a resource that could be named before the instance exists.
# https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html
REGISTER = [awacs.ssm.UpdateInstanceInformation]
SESSIONS = [
    awacs.ssmmessages.CreateControlChannel,
    awacs.ssmmessages.CreateDataChannel,
    awacs.ssmmessages.OpenControlChannel,
    awacs.ssmmessages.OpenDataChannel,
]


def bastion(environment: Environment) -> Layer:
    """Instance, profile and role; reached by nobody, it keeps a connection to Session Manager open."""
    layer = Layer("bastion", environment, "a way to the database for people, through Session Manager", tier="service")
    layer.calls_aws("ssm", REGISTER, ["*"])
    layer.calls_aws("ssmmessages", SESSIONS, ["*"])
    bastion_role = role(
        layer,
        "Role",
        "What the instance may do: take sessions",
        # EC2 documents no condition keys for this trust.
        # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html
        policies.trust("ec2.amazonaws.com", source=None),
        policies.allow([*REGISTER, *SESSIONS], ["*"]),
    )
    profile = layer.add(InstanceProfile("Profile", Roles=[Ref(bastion_role)]), "Hands the role to the instance")
    instance = layer.add(
        Instance(
            "Instance",
            ImageId=IMAGE,
            InstanceType="t4g.nano",
            SubnetId=Select(0, layer.subnets()),
            SecurityGroupIds=[layer.group("bastion")],
            IamInstanceProfile=Ref(profile),
            MetadataOptions=MetadataOptions(HttpTokens="required", HttpEndpoint="enabled", HttpPutResponseHopLimit=1),
            BlockDeviceMappings=[BlockDeviceMapping(DeviceName="/dev/xvda", Ebs=EbsBlockDevice(Encrypted=True, VolumeType="gp3"))],
            Tags=layer.name_tag("bastion"),
        ),
        "Takes sessions, and passes them on to the database",
    )
    # The agent registers once it can reach Systems Manager.
    layer.after("EndpointIds")
    layer.provides("BastionInstanceId", Ref(instance), "The target of aws ssm start-session", published=True)
    return layer
