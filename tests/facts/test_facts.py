"""Facts agree with what did not come from the same hand."""

import json
import re
from pathlib import Path

import pytest
from botocore.session import get_session

import facts
from ci.generators.references import needed
from ci.model import Deployment
from facts import reference
from facts.endpoints import ENDPOINTS, GATEWAYS
from facts.kinds import Is
from tests.facts.checks.recorded import recorded
from tests.facts.independent import every_type, problems
from tests.facts.mutations import PAGE, inserted, mutants, noticed
from tests.rendering import deployed

TYPES = every_type()


@pytest.mark.parametrize("kind", TYPES)
def test_nothing_contradicts_the_facts_of_a_type(kind: str) -> None:
    assert list(problems(facts.of(kind))) == []


def test_every_type_that_can_be_rendered_has_facts() -> None:
    assert reference.types() - set(TYPES) == set()


@pytest.mark.parametrize("name", sorted(ENDPOINTS))
def test_an_endpoint_has_the_name_that_aws_gives_it(name: str) -> None:
    session = get_session()
    prefixes = {session.get_service_model(service).endpoint_prefix for service in _services(name)}
    # botocore says api.ecr where the endpoint is ecr.api, and names some by their protocol.
    known = {".".join(reversed(prefix.split("."))) for prefix in prefixes} | {f"{name}-smtp" for name in prefixes}
    known |= {f"kinesis-{name}", f"{name}-streams"} if name in ("firehose", "kinesis") else set()
    assert set(ENDPOINTS[name]) <= known | set(recorded("endpoints")["names"])


def test_the_gateway_endpoints_are_those_of_the_page() -> None:
    assert {"dynamodb", "s3"} == GATEWAYS.keys() <= {endpoint for endpoints in ENDPOINTS.values() for endpoint in endpoints}


def _services(prefix: str) -> list[str]:
    """The services of botocore whose actions have the prefix."""
    session = get_session()
    own = {"cloudwatch": "cloudwatch", "elasticfilesystem": "efs", "elasticloadbalancing": "elbv2", "states": "stepfunctions"}
    own |= {"execute-api": "apigateway", "ssmmessages": "ssm"}
    service = own.get(prefix, prefix)
    return [service] if service in session.get_available_services() else []


def test_what_rests_on_its_source_alone_is_listed() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert inserted(text) == text, "make golden writes it"


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        ("AWS::RDS::DBInstance", "at_rest left out"),
        ("AWS::RDS::DBInstance", "answers.default_port = 5432"),
        ("AWS::RDS::DBInstance", "private.values negated"),
        ("AWS::RDS::DBInstance", "linked_roles = rds.amazonaws.com"),
        ("AWS::RDS::DBInstance", "data left out"),
        ("AWS::S3::Bucket", "private left out"),
        ("AWS::ECS::Service", "member left out"),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "protection left out"),
        ("AWS::IAM::Role", "policies without AssumeRolePolicyDocument"),
        ("AWS::SNS::Topic", "metrics.namespace = AWS/SNS"),
    ],
)
def test_a_wrong_fact_is_noticed(kind: str, where: str) -> None:
    assert noticed(next(mutant for mutant in mutants(facts.of(kind)) if mutant.where == where))


def test_a_type_without_facts_is_a_sentence_that_says_where_to_write_them() -> None:
    with pytest.raises(facts.UnknownTypeError, match=r"AWS::Kinesis::Stream has no facts.*facts/kinesis\.py"):
        facts.of("AWS::Kinesis::Stream")
    with pytest.raises(facts.UnknownTypeError, match=r"AWS::RDS::DBCluster has no facts.*facts/rds\.py"):
        needed("AWS::RDS::DBCluster")


def test_what_is_not_generated_is_a_sentence() -> None:
    with pytest.raises(reference.NotGeneratedError, match="make golden"):
        reference.schema("AWS::Kinesis::Stream")
    with pytest.raises(reference.NotGeneratedError, match="make golden"):
        reference.authorization("kinesisvideo")


def test_the_facts_import_nothing_but_the_standard_library_and_msgspec() -> None:
    for path in Path(facts.__file__).parent.glob("*.py"):
        roots = re.findall(r"^(?:from|import) (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(roots) <= {"__future__", "collections", "facts", "functools", "importlib", "msgspec", "pathlib", "re", "typing"}, path


def database(**properties: object) -> Deployment:
    before = deployed({})
    raw = json.loads(json.dumps({name: template.raw for name, template in before.templates.items()}))
    instance = raw["database"]["Resources"]["Instance"]["Properties"]
    instance.update(properties)
    return Deployment(raw, before.environment)


@pytest.mark.parametrize(
    ("condition", "value", "holds"),
    [
        (Is("StorageEncrypted", (True,), default=False), True, True),
        (Is("StorageEncrypted", (True,), default=False), "true", True),
        (Is("StorageEncrypted", (True,), default=False), False, False),
        (Is("StorageEncrypted", (True,), default=False), None, False),
        (Is("BackupRetentionPeriod", pattern="[1-9]"), 7, True),
        (Is("BackupRetentionPeriod", pattern="[1-9]"), "0", False),
        (Is("KmsKeyId"), None, False),
        (Is("KmsKeyId"), "a", True),
        (Is("Domain", (None,)), None, True),
        (Is("Domain", (None,)), "a", False),
    ],
)
def test_a_condition_holds_by_value_default_and_pattern(condition: Is, value: object, holds: bool) -> None:
    deployment = database()
    instance = deployment.only("AWS::RDS::DBInstance")
    instance.properties.pop(condition.path, None)
    if value is not None:
        instance.properties[condition.path] = value
    assert condition.holds(instance) is holds


def test_a_path_looks_through_lists_pairs_and_references() -> None:
    deployment = deployed({})
    [balancer] = [each for each in deployment.of("AWS::ElasticLoadBalancingV2::LoadBalancer") if each.get("Type") == "application"]
    assert balancer.values("LoadBalancerAttributes.idle_timeout.timeout_seconds") == ["60"]
    assert balancer.values("LoadBalancerAttributes.no.such") == []
    assert len(balancer.values("Subnets")) == 2
    instance = deployment.only("AWS::RDS::DBInstance")
    assert Is("Parameters.rds.force_ssl", (1,), through="DBParameterGroupName").found(instance) == ["1"]
    assert Is("Parameters.rds.force_ssl", (1,), through="DBSubnetGroupName").found(instance) == [None]
