"""Each finding is provoked once."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.stub import Stubber

from ci.deployed import quotas
from ci.deployed.environment import Deployed
from tests.deployment.account import Account
from tests.deployment.dev import ACCOUNT, BOOTSTRAP, SETTINGS, STACK, rendered
from tests.operate.conftest import Run
from tests.operate.ecs import Ecs
from tests.operate.test_release import push

ALARM = f"{STACK}-rollback-errors"
NOTHING = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
END_TO_END = ("bastion = true", 'encryption = "end_to_end"\ncertificate_domain = "books.example.org"')


def settings(account: Account, *changes: tuple[str, str], added: str = "") -> None:
    """Render changed settings into the project in the account's folder."""
    for name in ("environments", "output"):
        (account.folder / name).unlink()
    (account.folder / "environments").mkdir()
    output = account.folder / "output" / "dev"
    output.mkdir(parents=True)
    for name, text in rendered(account.folder / "environments", *changes, added=added).items():
        (output / f"{name}.template.json").write_text(text, encoding="utf-8")


def bootstrap(account: Account) -> None:
    """What comes before the first deployment."""
    account.shell("aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com")
    deploy = "aws cloudformation deploy --capabilities CAPABILITY_NAMED_IAM --stack-name"
    for stack, template in ((ACCOUNT, "account"), (BOOTSTRAP, "bootstrap")):
        account.shell(f"{deploy} {stack} --template-file output/dev/{template}.template.json")


def alarm(account: Account) -> None:
    """Something has gone wrong."""
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName=ALARM, EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold", Threshold=1)
    cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="tested")


def test_an_empty_account(account: Account, run: Run) -> None:
    said = run("preflight", "dev", "--image", "1.0.0")
    assert said.status == 1
    assert f"in account {account.number}, us-east-1" in said.out
    assert "ok       zones         us-east-1a is use1-az1" in said.out
    assert "stop     image         There is no image 1.0.0" in said.out
    assert "-> aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com" in said.out
    assert said.err.startswith("2 of these would stop a deployment.")


def test_what_is_ready(account: Account, run: Run) -> None:
    bootstrap(account)
    digest = push(account, "1.0.0")
    said = run("preflight", "dev", "--image", "v1.0.0")
    assert said.status == 0, said.out
    assert f"v1.0.0 is {digest}, for arm64" in said.out
    assert "python -m ci deploy dev --image v1.0.0" in said.err

    push(account, "1.0.1", "amd64")
    assert "stop     image         1.0.1 is for amd64, the tasks run on arm64" in run("preflight", "dev", "--image", "1.0.1").out

    alarm(account)
    said = run("deploy", "dev", "--image", "1.0.0")
    assert said.status == 2
    assert f"stop     alarms        {ALARM}: in ALARM" in said.err
    assert "Not deployed." in said.err
    said = run("deploy", "dev", "--image", "1.0.0", "--despite-alarms")
    assert said.status == 0, said.err
    assert f"stop     alarms        {ALARM}: in ALARM" in said.err
    assert "It goes on although a rollback alarm is in ALARM" in said.err


@pytest.mark.parametrize(
    ("zone", "sentence"),
    [
        ("us-east-1c", "us-east-1c is use1-az3 in this account, which has no VPC link"),
        ("us-east-1f", "this account has no zone us-east-1f"),
    ],
)
def test_zones(account: Account, run: Run, zone: str, sentence: str) -> None:
    settings(account, ("us-east-1b", zone))
    assert f"stop     zones         {sentence}" in run("preflight", "dev").out


def test_another_region(account: Account, run: Run) -> None:
    changes = ('region = "us-east-1"', 'region = "eu-central-1"'), ('"us-east-1a", "us-east-1b"', '"eu-central-1a", "eu-central-1b"')
    settings(account, *changes)
    assert "ok       prefix list   S3 is pl-" in run("preflight", "dev").out


def test_certificates(account: Account, run: Run) -> None:
    settings(account, END_TO_END)
    said = run("preflight", "dev")
    assert "stop     certificates  these settings need the parameter CertificateArn" in said.out
    gone = f"arn:aws:acm:us-east-1:{account.number}:certificate/11111111-1111-1111-1111-111111111111"
    assert "the certificate of CertificateArn is not there" in run("preflight", "dev", "--certificate-arn", gone).out
    arn = account.client("acm").request_certificate(DomainName="books.example.org", ValidationMethod="DNS")["CertificateArn"]
    assert "ok       certificates  CertificateArn is issued" in run("preflight", "dev", "--certificate-arn", arn).out


def test_quotas(account: Account, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing, and the command that is printed mends it."""
    ec2 = account.client("ec2")
    in_use = len(ec2.describe_vpcs()["Vpcs"])
    assert "ok       quotas        7 quotas suffice; the scarcest: " in run("preflight", "dev").out
    for _ in range(5 - in_use):
        ec2.create_vpc(CidrBlock="10.9.0.0/16")
    said = run("preflight", "dev").out
    assert "stop     quotas        VPCs per Region: the quota is 5, others use 5, and this environment needs up to 1" in said
    [remedy] = re.findall(r"-> (aws service-quotas .*); or use less", said)
    assert remedy.endswith("--service-code vpc --quota-code L-F678F1CE --desired-value 6 --region us-east-1")
    assert "ok       quotas        6 quotas suffice" in said
    account.shell(remedy)
    assert "stop     quotas" not in run("preflight", "dev").out

    # What stands already is not counted twice.
    bootstrap(account)
    push(account, "1.0.0")
    assert run("deploy", "dev", "--image", "1.0.0").status == 0
    said = run("preflight", "dev").out
    assert "VPCs per Region with 6 of 6" in said

    # Of what runs now a deployment runs as much again; what others use is what is left of the measured sum.
    task = {"cpu": "512", "capacityProviderName": "FARGATE_SPOT"}
    with Ecs() as ecs:
        monkeypatch.setenv("AWS_ENDPOINT_URL_ECS", ecs.url)
        ecs.answers |= {"ListTasks": {"taskArns": ["task"] * 3}, "DescribeTasks": {"tasks": [task] * 3}}
        use_spot(account, 4.5)
        assert "stop     quotas" not in run("preflight", "dev").out
        use_spot(account, 5)
        said = run("preflight", "dev").out
    assert "Fargate Spot vCPU resource count: the quota is 6, others use 3.5, and this environment needs up to 3" in said


def use_spot(account: Account, vcpus: float) -> None:
    """As Fargate tells CloudWatch."""
    usage = {"Service": "Fargate", "Type": "Resource", "Resource": "vCPU", "Class": "Standard/Spot"}
    dimensions = [{"Name": name, "Value": value} for name, value in usage.items()]
    datum = {"MetricName": "ResourceCount", "Value": vcpus, "Dimensions": dimensions}
    account.client("cloudwatch").put_metric_data(Namespace="AWS/Usage", MetricData=[datum])


def test_quotas_of_fargate(account: Account, run: Run) -> None:
    """In vCPUs: as many tasks as auto scaling may start, twice, less what is the environment's own."""
    settings(
        account,
        ("max_tasks = 2", "max_tasks = 2\ncpu = 2048\nmemory = 4096"),
        ("backup_days = 1", 'backup_days = 1\ninstance_class = "db.t4g.small"'),
    )
    said = run("preflight", "dev").out
    remedy = "aws service-quotas request-service-quota-increase --service-code fargate --quota-code L-36FBB829 --desired-value 8"
    assert "Fargate Spot vCPU resource count: the quota is 6, others use 0, and this environment needs up to 8" in said
    assert remedy in said
    account.shell(remedy)
    assert "stop     quotas" not in run("preflight", "dev").out
    use_spot(account, 1.5)
    assert "the quota is 8, others use 1.5, and this environment needs up to 8" in run("preflight", "dev").out


@pytest.mark.usefixtures("run")
def test_vpc_links_come_by_pages(account: Account) -> None:
    deployed = Deployed("dev", account.folder)
    link = {"Name": "link", "SecurityGroupIds": [], "SubnetIds": [], "VpcLinkId": "one"}
    with Stubber(deployed.client("apigatewayv2")) as stub:
        stub.add_response("get_vpc_links", {"Items": [link] * 2, "NextToken": "two"}, {})
        stub.add_response("get_vpc_links", {"Items": [link]}, {"NextToken": "two"})
        [quota] = [quota for quota in quotas.QUOTAS if quota.name == "VPC links(V2)"]
        assert quota.used(deployed) == 3


def test_a_quota_that_is_not_known(account: Account, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "QUOTAS", (quotas.QUOTAS[0]._replace(code="L-00000000"),))
    assert "unknown  quotas        VPCs per Region: Service Quotas has no value for us-east-1" in run("preflight", "dev").out
    assert account


def credentials(account: Account, statement: Mapping[str, Any]) -> tuple[str, str]:
    """Somebody with this one permission."""
    iam = account.client("iam")
    iam.create_user(UserName="ada")
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_user_policy(UserName="ada", PolicyName="all", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def test_who_may_not_look(account: Account, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    denied = ["iam:*", "apigateway:*", "servicequotas:*", "cloudwatch:DescribeAlarms"]
    user, secret = credentials(account, {"Effect": "Allow", "NotAction": denied, "Resource": "*"})
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", user)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    said = run("preflight", "dev").out
    assert "unknown  ECS role      these credentials may not call ListRoles" in said
    assert "unknown  quotas        these credentials may not call GetServiceQuota" in said

    account.shell(f"aws cloudformation create-stack --stack-name {STACK} --template-body '{json.dumps(NOTHING)}'")
    assert "alarms       unknown: these credentials may not look" in run("status", "dev").out


def test_nobody(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    said = run("preflight", "dev")
    assert said.status == 2
    assert said.err.startswith("No AWS credentials found: ")


def test_no_such_environment(account: Account, run: Run) -> None:
    (account.folder / "environments").unlink()
    (account.folder / "environments").mkdir()
    (account.folder / "environments" / "dev.toml").write_text(SETTINGS, encoding="utf-8")
    assert run("preflight", "test").status == 2
    (account.folder / "output").unlink()
    said = run("preflight", "dev")
    assert said.status == 2
    assert "render the templates first with python generate.py" in said.err
