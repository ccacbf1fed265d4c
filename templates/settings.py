"""The settings of an environment: their types, ranges and defaults.

A file in `environments/` is decoded into `Environment`. What no single key can say, such as which
memory goes with which CPU, is in `settings_checks.py`; reading the file is in `settings_file.py`.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from templates.contract import Contract, contract

Days = Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
FILE_NAME = "the name of the file"
WEEKDAYS = "SUN|MON|TUE|WED|THU|FRI|SAT"

Project = Annotated[
    str, Meta(pattern=r"^(?=.{3,20}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$", description="3 to 20 of a-z, 0-9 and single hyphens, a letter first")
]
Zone = Annotated[
    str,
    Meta(
        pattern=r"^[a-z]{2,4}(-[a-z]+)+-\d[a-f]$",
        description="a zone such as us-east-1a",
        examples=["us-east-1a", "us-east-1b", "us-east-1c"],
    ),
]
Domain = Annotated[
    str,
    Meta(
        pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$",
        description="a domain such as books.example.org, in lower case",
        examples=["books.example.org"],
    ),
]
Origin = Annotated[
    str,
    Meta(
        pattern=r"^https?://[a-z0-9.-]+(:\d+)?$",
        description="an origin such as https://www.example.org, without a path",
        examples=["https://www.example.org"],
    ),
]
Email = Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", description="an e-mail address", examples=["club@example.org"])]
AccountId = Annotated[str, Meta(pattern=r"^\d{12}$", description="the 12 digits of an account", examples=["111122223333"])]
RepositoryArn = Annotated[
    str,
    Meta(
        pattern=r"^arn:aws:ecr:[a-z0-9-]+:\d{12}:repository/[a-z0-9._/-]+$",
        description="an ARN such as arn:aws:ecr:us-east-1:111122223333:repository/books",
        examples=["arn:aws:ecr:us-east-1:111122223333:repository/books"],
    ),
]
OidcProviderArn = Annotated[
    str,
    Meta(
        pattern=r"^arn:aws:iam::\d{12}:oidc-provider/token\.actions\.githubusercontent\.com$",
        description="an ARN such as arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
        examples=["arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"],
    ),
]
Snapshot = Annotated[
    str,
    Meta(
        pattern=r"^(rds:)?[a-z][a-z0-9]*(-[a-z0-9]+)*$",
        max_length=255,
        description="a snapshot's identifier, in lower case",
        examples=["books-before-the-move"],
    ),
]
GithubRepository = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9-]+(@\d+)?/[A-Za-z0-9._-]+(@\d+)?$",
        description="owner/name, or owner@id/name@id",
        examples=["club@1001/books@2002"],
    ),
]
GitRef = Annotated[
    str, Meta(pattern=r"^refs/(heads|tags)/[A-Za-z0-9._/*-]+$", description="refs/heads/NAME or refs/tags/NAME", examples=["refs/tags/v*"])
]
GithubRef = Annotated[
    str,
    Meta(
        pattern=r"^(ref:refs/(heads|tags)/[A-Za-z0-9._/*-]+|environment:[A-Za-z0-9._-]+)$",
        description="ref:refs/heads/NAME, ref:refs/tags/NAME or environment:NAME",
        examples=["ref:refs/tags/v*"],
    ),
]


Weekdays = Annotated[str, Meta(pattern=rf"^({WEEKDAYS})([-,]({WEEKDAYS}))*$", description="days such as MON-FRI or SAT,SUN")]
TimeZone = Annotated[str, Meta(pattern=r"^[A-Za-z_]+(/[A-Za-z0-9_+-]+)*$", description="a time zone such as Europe/Berlin")]
Folder = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$", description="a folder of this project, such as books_api")]
UrlPath = Annotated[str, Meta(pattern=r"^/[A-Za-z0-9/_-]+$", description="a path such as /healthz", examples=["/alive"])]
SlackWorkspace = Annotated[str, Meta(pattern=r"^T[A-Z0-9]{6,}$", description="a workspace id such as T01234567", examples=["T01234567"])]
SlackChannel = Annotated[str, Meta(pattern=r"^[CGD][A-Z0-9]{6,}$", description="a channel id such as C01234567", examples=["C01234567"])]


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a settings file: an unknown key is an error."""


class Network(Settings, frozen=True, kw_only=True):
    """[network]"""

    cidr: Annotated[str, Meta(description="The VPC's addresses, from which the subnets are computed. It cannot be changed later")] = (
        "10.0.0.0/16"
    )
    zones: Annotated[
        tuple[Zone, ...],
        Meta(
            min_length=2,
            max_length=3,
            description="Two or three Availability Zones, by name. Another can be added later: no subnet ever moves",
        ),
    ]
    endpoint_zones: Annotated[
        Literal["one", "all"], Meta(description="Interface endpoints in one zone (cheaper) or in all (survives the loss of a zone)")
    ] = "all"


class Database(Settings, frozen=True):
    """[database]"""

    engine_version: Annotated[
        Literal["18"],
        Meta(description="PostgreSQL's major version, of those that RDS offers for new databases; it keeps the minor version up to date"),
    ] = "18"
    instance_class: Annotated[str, Meta(description="The instance class, for example db.t4g.micro")] = "db.t4g.micro"
    storage_gb: Annotated[int, Meta(ge=20, le=65536, description="gp3 storage in GB")] = 20
    max_storage_gb: Annotated[int, Meta(ge=22, le=65536, description="Storage grows by itself up to this size in GB")] = 100
    multi_zone: Annotated[bool, Meta(description="Keep a standby in another zone, with automatic failover")] = True
    backup_days: Annotated[int, Meta(ge=1, le=35, description="Days that automatic backups are kept")] = 7
    deletion_protection: Annotated[bool, Meta(description="Refuse to delete the database")] = True
    snapshot: Annotated[
        Snapshot | None,
        Meta(description="The RDS snapshot that the database is made from, once; another one, or none, makes another database"),
    ] = None


class Night(Settings, frozen=True, kw_only=True):
    """[service.night]: no tasks outside working hours."""

    sleep_hour: Annotated[int, Meta(ge=0, le=23, description="From this hour on there are no tasks", examples=[20])]
    wake_hour: Annotated[int, Meta(ge=0, le=23, description="From this hour on there are tasks again; before sleep_hour", examples=[7])]
    days: Annotated[Weekdays, Meta(description="The days on which they wake, as in cron")] = "MON-FRI"
    timezone: Annotated[TimeZone, Meta(description="The IANA time zone of the hours")] = "Etc/UTC"


class Service(Settings, frozen=True):
    """[service]"""

    cpu: Annotated[Literal[256, 512, 1024, 2048, 4096, 8192, 16384], Meta(description="CPU units of a task; 1024 are one vCPU")] = 512
    memory: Annotated[int, Meta(ge=512, le=122880, description="Memory of a task in MiB")] = 1024
    architecture: Annotated[Literal["ARM64", "X86_64"], Meta(description="The processor that the image is built for")] = "ARM64"
    min_tasks: Annotated[int, Meta(ge=1, le=100, description="Never fewer tasks")] = 2
    max_tasks: Annotated[int, Meta(ge=1, le=100, description="Never more tasks")] = 4
    cpu_target: Annotated[int, Meta(ge=10, le=90, description="Auto scaling keeps the average CPU near this percentage")] = 70
    memory_target: Annotated[int, Meta(ge=10, le=90, description="Auto scaling keeps the average memory near this percentage")] = 75
    requests_target: Annotated[
        Annotated[int, Meta(ge=1, le=1_000_000)] | None,
        Meta(description="Auto scaling keeps the requests a minute and task near this number; only with the strategy rolling"),
    ] = None
    spot_percent: Annotated[
        int, Meta(ge=0, le=100, description="Percentage of tasks on Fargate Spot, beyond min_tasks if production", examples=[50])
    ] = 0
    exec: Annotated[bool, Meta(description="Allow `aws ecs execute-command` into the containers")] = False
    folder: Annotated[Folder, Meta(description="The folder of the service, with its contract, service.toml")] = "books_api"
    container_port: Annotated[
        Annotated[int, Meta(ge=1024, le=65535)] | None,
        Meta(description="The port that the container listens on; unset: the contract's, with end_to_end its port for TLS"),
    ] = None
    health_path: Annotated[UrlPath | None, Meta(description="Where load balancers ask for health; unset: the contract's")] = None
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], Meta(description="The least level that is logged")] = "INFO"
    image_repository_arn: Annotated[
        RepositoryArn | None, Meta(description="An ECR repository of another account to pull from; unset: the environment's own")
    ] = None
    night: Annotated[Night | None, Meta(description="A table: when there are no tasks at all")] = None


class Deployment(Settings, frozen=True):
    """[deployment]"""

    strategy: Annotated[
        Literal["rolling", "blue_green", "canary", "linear"], Meta(description="How a new version takes over from the old one")
    ] = "blue_green"
    bake_minutes: Annotated[int, Meta(ge=0, le=1440, description="The old version stays ready for this long, for an instant way back")] = 10
    step_percent: Annotated[float, Meta(ge=0.1, le=100, description="Traffic of the first step (canary) or of each step (linear)")] = 10.0
    step_minutes: Annotated[int, Meta(ge=0, le=1440, description="Minutes from one step to the next (canary, linear)")] = 5

    @property
    def minutes(self) -> float:
        """How long a new version takes over, at the most, once its tasks run."""
        steps = {"canary": 1.0, "linear": -(-100 // self.step_percent)}.get(self.strategy, 0.0)
        return self.bake_minutes + self.step_minutes * steps


class Api(Settings, frozen=True):
    """[api]"""

    authorization: Annotated[Literal["none", "iam", "api_key", "cognito"], Meta(description="Who may write (reads are open)")] = "cognito"
    throttle_rate: Annotated[int, Meta(ge=1, le=10000, description="Requests a second")] = 100
    throttle_burst: Annotated[int, Meta(ge=1, le=5000, description="Requests at once")] = 200
    waf: Annotated[bool, Meta(description="Filter requests by AWS's managed rules and by rate")] = True
    waf_requests_per_5_minutes: Annotated[
        int, Meta(ge=10, le=2_000_000_000, description="Requests of one address in five minutes before it is blocked")
    ] = 2000
    domain: Annotated[
        Domain | None, Meta(description="A domain of your own for the API; its certificate is a parameter of the deployment")
    ] = None
    cors_origins: Annotated[
        tuple[Origin, ...],
        Meta(description="Origins of web pages that may call the API from a browser"),
    ] = ()


class Slack(Settings, frozen=True):
    """[monitoring.slack]"""

    workspace_id: Annotated[SlackWorkspace, Meta(description="The Slack workspace, authorised by hand before")]
    channel_id: Annotated[SlackChannel, Meta(description="The channel that gets the notifications")]


class Monitoring(Settings, frozen=True):
    """[monitoring]"""

    email: Annotated[Email | None, Meta(description="Gets alarms and events; AWS asks this address to confirm")] = None
    slack: Annotated[Slack | None, Meta(description="A table: the Slack channel that gets alarms and events")] = None
    budget_usd: Annotated[
        Annotated[int, Meta(ge=1, le=1_000_000)] | None,
        Meta(description="Monthly budget in USD; a notification at 80 % and when it is forecast to be passed"),
    ] = None
    latency_seconds: Annotated[float, Meta(ge=0.05, le=29, description="Alarm when the 99th percentile is slower")] = 2.0


class Account(Settings, frozen=True):
    """[account]"""

    github_repository: Annotated[
        GithubRepository | None,
        Meta(
            description="The repository whose workflows deploy, in the letters that GitHub shows; with ids, owner@id/name@id, if it was "
            "made or renamed since 15 July 2026"
        ),
    ] = None
    github_refs: Annotated[
        tuple[GithubRef, ...],
        Meta(description="Which of its jobs may deploy: ref:refs/heads/main, ref:refs/tags/v*, environment:prod; none: environment:NAME"),
    ] = ()
    github_environment_refs: Annotated[
        tuple[GitRef, ...], Meta(description="The branches and tags from which a job in a GitHub environment may deploy")
    ] = ("refs/heads/main", "refs/tags/v*")
    oidc_provider_arn: Annotated[
        OidcProviderArn | None, Meta(description="GitHub's OIDC provider where the account has it; unset: the account stack creates it")
    ] = None
    api_gateway_log_role: Annotated[
        bool, Meta(description="The account stack sets API Gateway's log role, one an account and region; false where somebody set one")
    ] = True
    image_pull_accounts: Annotated[tuple[AccountId, ...], Meta(description="Other accounts that may pull this environment's images")] = ()


class Environment(Settings, frozen=True, kw_only=True):
    """A settings file; its name, without .toml, is the environment's name."""

    project: Annotated[Project, Meta(description="The first part of all names")]
    region: Annotated[str, Meta(description="The AWS region")]
    production: Annotated[bool, Meta(description="Refuse settings that are not fit for production, and protect the root stack")] = False
    ingress: Annotated[
        Literal["nlb", "alb"], Meta(description="From the gateway to the ALB: through a VPC link v1 and an NLB, or through a VPC link v2")
    ] = "nlb"
    encryption: Annotated[
        Literal["edge", "end_to_end"], Meta(description="TLS to the gateway, database and endpoints, or on every connection")
    ] = "edge"
    certificate_domain: Annotated[Domain | None, Meta(description="The domain on the ALB's certificate; needed by end_to_end")] = None
    log_days: Annotated[Days, Meta(description="Days that logs are kept")] = 30
    bastion: Annotated[bool, Meta(description="An instance without public address, to reach the database through Session Manager")] = False
    network: Network
    database: Database = field(default_factory=Database)
    service: Service = field(default_factory=Service)
    deployment: Deployment = field(default_factory=Deployment)
    api: Api = field(default_factory=Api)
    monitoring: Monitoring = field(default_factory=Monitoring)
    account: Account = field(default_factory=Account)
    # Taken from the file's name; what it is called here cannot be a key.
    name: str = field(default="", name=FILE_NAME)

    @property
    def end_to_end(self) -> bool:
        """Whether every connection is encrypted."""
        return self.encryption == "end_to_end"

    @property
    def contract(self) -> Contract:
        """What the service asks of whatever runs it; raises ContractError."""
        return contract(self.service.folder)

    @property
    def container_port(self) -> int:
        """The port that the service's container listens on."""
        ports = self.contract.ports
        return self.service.container_port or (ports.tls if self.end_to_end else ports.plain)

    @property
    def health_path(self) -> str:
        """Where load balancers ask whether a task is alive."""
        return self.service.health_path or self.contract.health.path

    @property
    def listener_port(self) -> int:
        """The port that the balancers listen on."""
        return 443 if self.end_to_end else 80
