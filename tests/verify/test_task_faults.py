"""Faults of tasks: what they run, what they are told, what they may, and how requests reach them."""

import pytest

from tests.verify.faults import MISSING, Fault, more, of, replaced, variable, without

FRONT = "load_balancing"
TASK = "TaskDefinition"
CONTAINERS = of(TASK, "ContainerDefinitions")
MIGRATE, APP = (*CONTAINERS, 0), (*CONTAINERS, 1)
VARIABLES = (*APP, "Environment")
LOG = (*APP, "LogConfiguration", "Options")
REGISTRY = "111122223333.dkr.ecr.us-east-1.amazonaws.com/"
SECRET = {"Ref": "DatabaseSecretArn"}
SIDECAR = {
    "Name": "collector",
    "ReadonlyRootFilesystem": True,
    "Image": {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/collector@sha256:1"},
    "LogConfiguration": {
        "LogDriver": "awslogs",
        "Options": {
            "awslogs-group": {"Ref": "AppLogGroup"},
            "awslogs-region": {"Ref": "AWS::Region"},
            "awslogs-stream-prefix": "collector",
            "mode": "non-blocking",
        },
    },
}

TOLD = (
    *(
        Fault("contract", "service", VARIABLES, variable(name, value), says=f"is told {name}, which the contract does not list")
        for name, value in {
            "DATABASE_CA_FILE": "/nowhere.pem",
            "AWS_ENDPOINT_URL": "http://example.org",
            "GUNICORN_CMD_ARGS": "--workers=100",
            "DJANGO_SETTINGS_MODULE": "other.settings",
            "DATABASE_PASSWORD": "plain",
        }.items()
    ),
    Fault("secrets", "service", VARIABLES, variable("DATABASE_PASSWORD", "plain"), says="is told DATABASE_PASSWORD in the template"),
    Fault("secrets", "service", VARIABLES, variable("LOG_LEVEL", "{{resolve:secretsmanager:key}}"), says="{{resolve:...}}"),
    Fault("contract", "service", VARIABLES, without("DATABASE_HOST"), says="is not told DATABASE_HOST, which the contract requires"),
    Fault("contract", "service", VARIABLES, variable("DATABASE_HOST", SECRET), says="which is something else"),
    Fault("contract", "service", VARIABLES, variable("DATABASE_SECRET_ARN", {"Ref": "DatabaseHost"}), says="which is something else"),
    Fault("contract", "service", VARIABLES, variable("DATABASE_PORT", "5433"), says="answers on 5432"),
    Fault("contract", "service", VARIABLES, variable("DATABASE_PORT", "port"), says="which is not a port"),
    Fault("contract", "service", VARIABLES, variable("DATABASE_NAME", "books"), says="has awsome_books"),
    Fault("contract", "service", VARIABLES, variable("ALLOWED_HOSTS", "*"), says="answers under any name"),
    Fault("contract", "service", VARIABLES, variable("LOG_LEVEL", "DEBUG"), says="another LOG_LEVEL than the container beside it"),
    Fault(
        "secrets", "service", CONTAINERS, more(SIDECAR | {"Environment": [{"Name": "S", "Value": SECRET}]}), says="a secret of the service"
    ),
    Fault(
        "secrets", "service", CONTAINERS, more(SIDECAR | {"Secrets": [{"Name": "S", "ValueFrom": SECRET}]}), says="a secret of the service"
    ),
    Fault(
        "secrets",
        "service",
        (*APP, "Secrets"),
        [{"Name": "DATABASE_SECRET_ARN", "ValueFrom": SECRET}],
        says="before the secret was rotated",
    ),
    Fault("lists", "service", VARIABLES, more({"Name": "PORT", "Value": "8080"}), says="says one thing twice"),
    Fault("lists", "service", (*APP, "MountPoints"), more({"SourceVolume": "other", "ContainerPath": "/tmp"}), says="says one thing twice"),
    Fault(
        "lists", FRONT, of("Alb", "LoadBalancerAttributes"), lambda there: [{**there[0], "Value": "x"}, *there], says="says one thing twice"
    ),
    Fault("lists", FRONT, of("Alb", "LoadBalancerAttributes", 3, "Key"), "idle_timeout.timeout_second", says="which AWS does not know"),
    Fault("lists", FRONT, of("BlueTargetGroup", "TargetGroupAttributes", 0, "Key"), "delay", says="which AWS does not know"),
)
RUN = (
    Fault(
        "image",
        "service",
        CONTAINERS,
        more(SIDECAR | {"Image": REGISTRY + "collector:latest"}),
        says="a tag is whatever image was pushed last",
    ),
    Fault("containers", "service", CONTAINERS, more(SIDECAR | {"PortMappings": [{"ContainerPort": 8080}]}), says="listen on port 8080"),
    Fault("containers", "service", CONTAINERS, more(SIDECAR | {"Memory": 100_000}), says="gives its containers Memory 100000"),
    Fault("container-rights", "service", CONTAINERS, more(SIDECAR | {"ReadonlyRootFilesystem": False}), says="collector: may write"),
    Fault("contract", "service", VARIABLES, without("WEB_THREADS"), says="is not told WEB_THREADS, as the container beside it is"),
    Fault("contract", "service", (*APP, "Command"), ["sleep", "infinity"], says="a Command instead of the image's own"),
    Fault("contract", "service", VARIABLES, variable("PORT", "8081"), says="is told PORT = 8081, and takes requests on 8080"),
    Fault("image", "service", (*APP, "Image"), "python:latest", says="the network has no way to that registry"),
    Fault("image", "service", (*APP, "Image", "Fn::Sub", 0), replaced("${digest}", "sha256:1"), says="not one that the deployment gives"),
    Fault("image", "service", CONTAINERS, more(SIDECAR | {"Image": "public.ecr.aws/otel/collector:1"}), says="the network has no way"),
    Fault("image", "bootstrap", of("Repository", "RepositoryName"), "awsome-books-prod-other", says="there is no such repository"),
    Fault(
        "image",
        "endpoints",
        of("S3Endpoint", "PolicyDocument", "Statement", 0, "Resource"),
        ["arn:aws:s3:::x/*"],
        says="a link signed by ECR",
    ),
    Fault("image", "endpoints", of("S3Endpoint", "PolicyDocument", "Statement", 0, "Condition"), {"Bool": {"aws:SecureTransport": "true"}}),
    Fault("containers", "service", of(TASK, "Memory"), "100", says="a pair that Fargate does not offer"),
    Fault("containers", "service", of(TASK, "NetworkMode"), "bridge", says="is not for Fargate"),
    Fault("containers", "service", of(TASK, "RuntimePlatform", "CpuArchitecture"), "X86_64", says="the image for LINUX on ARM64"),
    Fault("containers", "service", of(TASK, "RuntimePlatform"), MISSING, says="the image for LINUX on ARM64"),
    Fault("containers", "service", of(TASK, "Volumes"), [], says="a volume that it does not have"),
    Fault("containers", "service", of("Service", "CapacityProviderStrategy"), MISSING, says="no task finds a place"),
    Fault("containers", "service", of("Service", "CapacityProviderStrategy", 0, "CapacityProvider"), "OTHER", says="does not have"),
    Fault(
        "containers",
        "service",
        of("Service", "CapacityProviderStrategy"),
        [{"CapacityProvider": "FARGATE_SPOT", "Weight": 100}],
        says="keeps 0 tasks off Spot",
    ),
    Fault("containers", "service", of("Cluster", "ClusterSettings", 0, "Value"), "disabled", says="no Container Insights"),
    Fault("safeguards", "service", of("Cluster", "ClusterSettings"), more({"Name": "other", "Value": "on"}), says="another name"),
    Fault("safeguards", "service", of("Service", "PlatformVersion"), "1.3.0", says="an old version of Fargate"),
    Fault("safeguards", "service", (*APP, "Privileged"), True, says="take over its host"),
    Fault("safeguards", "service", (*APP, "User"), "root", says="is root in it"),
    Fault("safeguards", "service", of(TASK, "PidMode"), "task", says="the others' memory"),
    Fault("migrations", "service", (*APP, "DependsOn"), MISSING, says="migrations may have failed"),
    *(
        Fault("migrations", "service", MIGRATE, more({name: value}), says=f"limits migrations by {name}")
        for name, value in {
            "DependsOn": [{"ContainerName": "app", "Condition": "START"}],
            "HealthCheck": {"Command": ["CMD", "true"]},
            "PortMappings": [{"ContainerPort": 8081}],
            "StartTimeout": 120,
        }.items()
    ),
    Fault("migrations", "service", (*MIGRATE, "Command"), ["true"], says="one container that migrates and ends"),
    Fault("migrations", "service", (*MIGRATE, "Essential"), True, says="one container that migrates and ends"),
    Fault("migrations", "service", (*MIGRATE, "Environment"), without("DATABASE_HOST"), says="migrates another database"),
)
RIGHTS = (
    Fault(
        "container-rights",
        "service",
        (*APP, "MountPoints"),
        more({"SourceVolume": "tmp", "ContainerPath": "/app"}),
        says="may write to /app",
    ),
    Fault("container-rights", "service", (*APP, "MountPoints"), [], says="cannot write to /tmp"),
    Fault("container-rights", "service", (*APP, "MountPoints", 0, "ReadOnly"), True, says="cannot write to /tmp"),
    Fault("container-rights", "service", (*APP, "ReadonlyRootFilesystem"), False, says="root file system"),
    Fault("container-rights", "service", (*APP, "LinuxParameters", "Capabilities"), MISSING, says="keeps capabilities"),
    Fault(
        "container-rights", "service", (*APP, "LinuxParameters", "Capabilities"), more({"Add": ["SYS_PTRACE"]}), says="gets capabilities"
    ),
    Fault("container-rights", "service", (*APP, "LinuxParameters", "InitProcessEnabled"), False, says="no init process"),
    Fault("container-rights", "service", (*LOG, "max-buffer-size"), "1k", says="stops when its log cannot be written"),
    Fault("container-rights", "service", (*LOG, "max-buffer-size"), "0m", says="stops when its log cannot be written"),
    Fault("container-rights", "service", (*LOG, "max-buffer-size"), "5000m", says="stops when its log cannot be written"),
    Fault("container-rights", "service", (*LOG, "mode"), "blocking", says="stops when its log cannot be written"),
    Fault("container-rights", "service", (*LOG, "awslogs-region"), "eu-west-1", says="logs to another region"),
    Fault("container-rights", "service", (*APP, "LogConfiguration"), MISSING, says="not to CloudWatch"),
    Fault("container-rights", "service", of("Service", "EnableExecuteCommand"), True, says="opens a shell"),
)
REQUESTS = (
    Fault("request-path", FRONT, of("AlbTargetGroup", "Port"), 81, says="is TCP on 81"),
    Fault("request-path", FRONT, of("AlbTargetGroup", "Targets", 0, "Port"), 81, says="on the port of a listener"),
    Fault("request-path", FRONT, of("AlbTargetGroup", "HealthCheckProtocol"), "HTTPS", says="for the health of load_balancing.Alb"),
    Fault("request-path", FRONT, of("Listener", "Protocol"), "TCP", says="does not take"),
    Fault("request-path", FRONT, of("Listener", "DefaultActions"), [], says="has no default action"),
    Fault("request-path", FRONT, of("Listener", "DefaultActions", 0, "FixedResponseConfig", "ContentType"), "text", says="of a type that"),
    Fault("request-path", FRONT, of("NlbListener", "Port"), 81, says="where nothing listens"),
    Fault("request-path", FRONT, of("NlbListener", "DefaultActions"), [], says="forwards to nothing"),
    Fault("request-path", FRONT, ("Resources", "NlbListener"), MISSING, says="has no listener"),
    Fault("request-path", FRONT, of("Nlb", "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"), "on", says="none of them lets it in"),
    Fault("request-path", FRONT, of("BlueTargetGroup", "TargetType"), "instance", says="reached by address"),
    Fault("request-path", FRONT, of("BlueTargetGroup", "Protocol"), "TCP", says="does not send that"),
    Fault("request-path", FRONT, of("BlueTargetGroup", "Port"), 8081, says="is for port 8081"),
    Fault("request-path", FRONT, of("BlueTargetGroup", "VpcId"), MISSING, says="VpcId"),
    Fault("request-path", "service", of("Service", "LoadBalancers", 0, "ContainerName"), "web", says="which listens on"),
    Fault("request-path", "service", of("Service", "LoadBalancers"), [], says="nothing is registered in it"),
    Fault("request-path", "service", (*APP, "PortMappings", 0, "ContainerPort"), 8081, says="which listens on"),
    Fault("request-path", "service", (*APP, "PortMappings", 0, "Protocol"), "udp", says="another protocol than TCP"),
    Fault("request-path", "service", (*APP, "Essential"), False, says="goes on without app"),
    Fault(
        "request-path", "api", of("BooksGet", "Integration", "Uri", "Fn::Sub", 0), "http://${host}:8080/books", says="where nothing listens"
    ),
    Fault(
        "request-path", "api", of("BooksGet", "Integration", "Uri", "Fn::Sub", 0), "http://${host}.internal/books", says="does not answer"
    ),
    Fault("health-checks", FRONT, of("AlbTargetGroup", "HealthCheckTimeoutSeconds"), 120, says="has HealthCheckTimeoutSeconds 120"),
    Fault("health-checks", FRONT, of("AlbTargetGroup", "Matcher", "HttpCode"), "200", says="while no task runs"),
    Fault("health-checks", FRONT, of("BlueTargetGroup", "HealthCheckPath"), "/health", says="has HealthCheckPath /health, not /healthz"),
    Fault(
        "health-checks",
        FRONT,
        of("GreenTargetGroup", "Matcher", "HttpCode"),
        "200-599",
        says="has Matcher 200-599, and takes errors for healthy",
    ),
    Fault(
        "health-checks", FRONT, of("BlueTargetGroup", "HealthCheckProtocol"), "HTTPS", says="another HealthCheckProtocol than the traffic's"
    ),
    Fault("health-checks", FRONT, of("BlueTargetGroup", "HealthCheckPort"), "81", says="the port that the traffic goes to"),
    Fault("health-checks", FRONT, of("BlueTargetGroup", "HealthyThresholdCount"), 1, says="below 2 or above 10"),
    Fault("health-checks", "service", (*APP, "HealthCheck", "Command"), ["CMD", "true"], says="not the contract's command"),
    Fault(
        "health-checks",
        "service",
        of("Service", "HealthCheckGracePeriodSeconds"),
        MISSING,
        says="HealthCheckGracePeriodSeconds of one to ten minutes",
    ),
    Fault("time-limits", FRONT, of("BlueTargetGroup", "TargetGroupAttributes", 0, "Value"), "5", says="a request may take 25 s"),
    Fault("time-limits", FRONT, of("Alb", "LoadBalancerAttributes", 3, "Value"), "75", says="closes idle connections after 75 s"),
    Fault("time-limits", "service", (*APP, "StopTimeout"), 20, says="kills app after 20 s"),
    Fault("time-limits", "service", (*APP, "StopTimeout"), 121, says="kills app after 121 s"),
    Fault("time-limits", "api", of("BooksGet", "Integration", "TimeoutInMillis"), 20_000, says="waits 20000 ms"),
)


@pytest.mark.parametrize("fault", [*TOLD, *RUN, *RIGHTS, *REQUESTS], ids=str)
def test_it_is_found(fault: Fault) -> None:
    assert fault.says in (said := fault.found()) and said
