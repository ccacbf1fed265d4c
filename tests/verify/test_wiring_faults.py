"""Faults between templates: references, names, parameters, nesting, order and limits."""

import pytest

from tests.verify.faults import MISSING, Fault, more, of

FRONT = "load_balancing"
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-0000-0000-000000000000"
FAULTS = (
    *(
        Fault("reference-kinds", template, of(*path), value, says=says)
        for template, path, value, says in (
            ("service", ("Service", "TaskDefinition"), {"Ref": "Cluster"}, "the Ref of a AWS::ECS::TaskDefinition"),
            ("service", ("TaskDefinition", "TaskRoleArn"), {"Ref": "TaskRole"}, "the Arn of a AWS::IAM::Role"),
            ("database", ("Instance", "DBSubnetGroupName"), {"Ref": "Parameters"}, "the Ref of a AWS::RDS::DBSubnetGroup"),
            ("network", ("DataRoutesA", "SubnetId"), {"Ref": "Vpc"}, "AWS::EC2::Subnet"),
            ("network", ("ServiceToS3", "GroupId"), {"Ref": "Vpc"}, "AWS::EC2::SecurityGroup"),
            ("load_balancing", ("Listener", "LoadBalancerArn"), {"Ref": "AccessLogs"}, "AWS::ElasticLoadBalancingV2::LoadBalancer"),
            ("api", ("Stage", "DeploymentId"), {"Ref": "RestApi"}, "AWS::ApiGateway::Deployment"),
        )
    ),
    Fault("parameters", "service", ("Parameters", "DatabaseHost", "AllowedPattern"), "[0-9.]+", says="AllowedPattern"),
    Fault("parameters", "service", ("Parameters", "ImageDigest", "AllowedPattern"), "sha256:[0-9a-f]{40}", says="AllowedPattern"),
    Fault("parameters", "dashboard", ("Parameters", "ApiStageId", "AllowedValues"), ["dev"], says="AllowedValues"),
    Fault("parameters", "service", ("Parameters", "EntranceHost", "MaxLength"), 10, says="MaxLength"),
    Fault("parameters", "service", ("Parameters", "EntranceHost", "Type"), "Number", says="Type"),
    Fault("parameters", "service", ("Parameters", "EntranceHost", "Type"), "CommaDelimitedList", says="Type"),
    Fault("parameters", "root", ("Parameters", "ImageDigest", "AllowedPattern"), ".*", says="AllowedPattern"),
    Fault("parameters", "root", ("Parameters", "ImageDigest", "Default"), "sha256:" + 64 * "0", says="Default"),
    Fault("parameters", "root", ("Parameters", "Other"), {"Type": "String"}, says="does not know"),
    Fault("parameters", "root", of("Service", "Parameters", "ImageDigest"), "sha256:" + 64 * "0", says="is used nowhere"),
    Fault("parameters", "bootstrap", ("Parameters",), {"Any": {"Type": "String"}}, says="does not know"),
    Fault("parameters", FRONT, of("Listener", "Certificates"), [{"CertificateArn": CERTIFICATE}], says="nor the deployment's"),
    Fault("names", "notifications", of("Topic", "TopicName"), "books", says="has the name books"),
    Fault(
        "names", "service", of("RollbackErrors", "AlarmName"), "awsome-books-prod-rollback-unhealthy", says="as service.RollbackErrors has"
    ),
    Fault("limits", "service", of("TaskRole", "AssumeRolePolicyDocument", "Statement"), lambda there: there * 10, says="characters"),
    Fault("nesting", "network", ("Outputs", "VpcId", "Export"), {"Name": "vpc"}, says="exports VpcId"),
    Fault("nesting", "network", ("Resources", "Vpc", "DependsOn"), ["ServiceSubnetA"], says="waits for itself"),
    Fault("nesting", "root", of("Network", "Tags"), [], says="is not tagged"),
    Fault("nesting", "service", ("Resources", "Service", "UpdatePolicy"), {}, says="has UpdatePolicy"),
    Fault("nesting", "root", ("Resources", "Group"), {"Type": "AWS::Logs::LogGroup"}, says="nested stacks and nothing else"),
    Fault("creation-order", "database", ("Resources", "Instance", "DependsOn"), [], says="without an end"),
    Fault("creation-order", "service", ("Resources", "Service", "DependsOn"), [], says="without an end"),
    Fault("creation-order", "database", of("Instance", "DBInstanceIdentifier"), MISSING, says="which is not here"),
    Fault("creation-order", FRONT, ("Resources", "Alb", "DependsOn"), MISSING, says="until the bucket lets it in"),
    Fault("creation-order", "api", ("Resources", "EditorClient", "DependsOn"), MISSING, says="that server's scope"),
    Fault(
        "lists", "network", ("Resources", "Vpc", "Properties", "Tags"), more({"Key": "Name", "Value": "other"}), says="says one thing twice"
    ),
)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_it_is_found(fault: Fault) -> None:
    assert fault.says in (said := fault.found()) and said
