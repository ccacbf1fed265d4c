"""The architecture: the VPC with its zones and tiers, what stands in each, the way of a request, and what is outside."""

from collections.abc import Sequence
from typing import NamedTuple

from ci.model import Deployment, Resource
from ci.model.connections import Connection, connections
from ci.model.entrance import BALANCER
from ci.model.reach import kind, standing, subnets_of
from ci.model.tasks import registrations
from ci.pictures.canvas import LINE, SMALL, Box, Canvas, width_of
from templates.addresses import TIERS

ZONE, LANE, GAP = 270, 90, 34
TASKS, BASTION, OTHER = 64, 48, 44
LEFT, TOP = 24, 40
BESIDE, AROUND = 58, 184
ENDPOINT = "AWS::EC2::VPCEndpoint"
INTERNET = ("AWS::EC2::InternetGateway", "AWS::EC2::NatGateway", "AWS::EC2::EgressOnlyInternetGateway", "AWS::EC2::VPCGatewayAttachment")
DATABASE = "AWS::RDS::DBInstance"
WRITES = {"NONE": "everybody writes", "AWS_IAM": "writes: IAM", "COGNITO_USER_POOLS": "writes: Cognito"}
# What others are called by their security group stands there as it is.
NAMES = {
    "user": "user",
    "gateway": "API Gateway",
    "nlb": "NLB",
    "alb": "ALB",
    "service": "tasks",
    "database": "PostgreSQL",
    "endpoints": "endpoints → AWS",
    "s3": "S3",
    "dynamodb": "DynamoDB",
    "bastion": "bastion",
}

# What stands behind each endpoint.
SERVICES = {
    "ecr.api": ("ECR: images",),
    "ecr.dkr": ("ECR: images",),
    "logs": ("CloudWatch: logs",),
    "secretsmanager": ("Secrets Manager:", "the database's password"),
    "ssm": ("Session Manager",),
    "ssmmessages": ("Session Manager",),
}

Point = tuple[float, float]
Ways = dict[tuple[str, str], Connection]


class Zones(NamedTuple):
    """The subnets by tier and zone, and where each zone's column begins."""

    names: list[str]
    subnets: dict[tuple[str, str], Resource]

    def column(self, zone: str) -> float:
        """The x of a zone."""
        return LEFT + 16 + self.names.index(zone) * ZONE

    @property
    def width(self) -> float:
        """All columns."""
        return len(self.names) * ZONE - 10


def architecture(deployment: Deployment) -> str:
    """The picture's file."""
    environment = deployment.environment
    canvas = Canvas(
        f"{environment.project} {environment.name}: a request goes through API Gateway, a VPC link and internal balancers to Fargate tasks"
        f"{' and PostgreSQL' if deployment.of(DATABASE) else ''}; tasks reach AWS services through VPC endpoints."
    )
    zones = _zones(deployment)
    ways = {(way.source, way.target): way for way in connections(deployment)}
    canvas.text(LEFT, TOP + 6, f"{environment.project} {environment.name}", "left", "title")
    # Between two zones, where no text is in the way.
    x = zones.column(zones.names[1]) - 5 if len(zones.names) > 1 else zones.column(zones.names[0]) + 130
    gateway, outside = _outside(canvas, deployment, ways, x)
    inside_top = max(outside, _table(canvas, deployment, list(ways.values()), x + 125)) + 40
    tiers: list[tuple[str, Box]] = []
    entrance, y = _ingress(canvas, deployment, zones, ways, inside_top + 76)
    width = zones.width - 16
    tiers.append(("ingress", Box(zones.column(zones.names[0]) + 8, inside_top + 76, width, y - inside_top - 76)))
    endpoints, tasks, bottom = _service(canvas, deployment, zones, ways, y)
    tiers.append(("service", Box(tiers[0][1].x, y + GAP, width, bottom - y - GAP)))
    end = _data(canvas, deployment, zones, ways, bottom)
    tiers.append(("data", Box(tiers[0][1].x, bottom + GAP, width, end - bottom - GAP)))
    inside = Box(LEFT, inside_top, zones.width + 32, end - inside_top + 18)
    _way_in(canvas, deployment, ways, (x, gateway.bottom), (x, entrance.y - 2), label=(x + 12, inside.y - 14))
    _frames(canvas, deployment, zones, inside, tiers)
    lowest = _services(canvas, deployment, ways, inside, (endpoints, Box(tasks.x, tasks.y, tiers[1][1].right - tasks.x, tasks.height)))
    return canvas.text_of(inside.right + BESIDE + AROUND + 16, max(inside.bottom, lowest) + 24)


def _frames(canvas: Canvas, deployment: Deployment, zones: Zones, inside: Box, tiers: list[tuple[str, Box]]) -> None:
    """The VPC, its zones and its tiers."""
    canvas.frame("vpc", inside)
    open_to = deployment.of(*INTERNET)
    way_out = f"with {open_to[0].label}, a way to the Internet" if open_to else "no way to the Internet"
    block = deployment.only("AWS::EC2::VPC").get("CidrBlock")
    # On either side of the way in.
    canvas.text(inside.x + 16, inside.y + 26, f"VPC {block}", "left", "bold")
    canvas.text(inside.x + inside.width - 16, inside.y + 26, way_out, "end", "bold")
    for zone in zones.names:
        canvas.frame("zone", Box(zones.column(zone), inside.y + 42, ZONE - 10, inside.height - 54))
        canvas.text(zones.column(zone) + (ZONE - 10) / 2, inside.y + 60, f"Availability Zone {zone}", "small")
    for tier, box in tiers:
        canvas.frame("tier", box)
        canvas.text(box.x + 10, box.y + 18, f"{tier} tier", "left", "small", "bold")
        for zone in zones.names:
            if subnet := zones.subnets.get((tier, zone)):
                canvas.text(zones.column(zone) + ZONE - 32, box.y + 18, str(subnet.get("CidrBlock")), "small", "end")


def _zones(deployment: Deployment) -> Zones:
    found: dict[tuple[str, str], Resource] = {}
    for subnet in deployment.of("AWS::EC2::Subnet"):
        tier = next((tier for tier in TIERS if subnet.logical_id.lower().startswith(tier)), "other")
        found[tier, str(subnet.get("AvailabilityZone"))] = subnet
    return Zones(sorted({zone for _, zone in found}), found)


def _ingress(canvas: Canvas, deployment: Deployment, zones: Zones, ways: Ways, y: float) -> tuple[Box, float]:
    balancers = sorted(deployment.of(BALANCER), key=kind, reverse=True)
    words = {"nlb": "NLB, internal: passes connections through", "alb": "ALB, internal: one rule, 404 for the rest"}
    boxes: list[Box] = []
    for balancer in balancers:
        top = boxes[-1].bottom + GAP if boxes else y + 28
        boxes.append(Box(zones.column(zones.names[0]) + 20, top, zones.width - 40, 44))
        text = words[kind(balancer)] if balancer.get("Scheme") == "internal" else f"{kind(balancer).upper()}, open to the Internet"
        canvas.box("part", boxes[-1], [text])
    if len(boxes) > 1:
        x = boxes[0].middle
        _arrow(canvas, ways.get(("nlb", "alb")), (x, boxes[0].bottom), (x, boxes[1].y - 2), label=(x + 12, boxes[0].bottom + 21))
    return boxes[0], boxes[-1].bottom + 10


def _arrow(canvas: Canvas, way: Connection | None, *points: Point, label: Point) -> None:
    """A connection, if it is open, with its protocol and port beginning at `label`."""
    if way:
        canvas.arrow(_line(way), *points)
        canvas.text(*label, way.label, "small", "left", "halo", *([] if way.encrypted else ["amber"]))


def _line(way: Connection) -> str:
    return "tls" if way.encrypted else "plain"


def _service(canvas: Canvas, deployment: Deployment, zones: Zones, ways: Ways, above: float) -> tuple[Box, Box, float]:
    """Tasks and endpoints in each zone; returns the endpoints and tasks that stand last, and where the tier ends."""
    service = _behind_balancer(deployment)
    task = service.target("TaskDefinition")
    endpoints = {zone: _endpoints(deployment, zones, zone) for zone in zones.names}
    bastions = deployment.of("AWS::EC2::Instance")
    rolling = service.get("DeploymentConfiguration", "Strategy", default="ROLLING") == "ROLLING"
    processor = task.get("RuntimePlatform", "CpuArchitecture", default="X86_64")
    lines = ["rolling" if rolling else "blue or green"]
    lines.append(f"{int(task.need('Cpu')) / 1024:g} vCPU, {int(task.need('Memory')) / 1024:g} GB, {processor}")
    # What else runs in this tier, without a balancer: a worker, a scheduled task.
    shown = {"AWS::ECS::Service": {service}, "AWS::EC2::Instance": {*bastions}, ENDPOINT: {*deployment.of(ENDPOINT)}}
    others = [each for each in _in_tier(deployment, zones, "service") if each not in shown.get(each.type, set())]
    lines += [f"beside them: {', '.join(sorted(map(kind, others)))}"] if others else []
    height_of_tasks = TASKS + (LINE if others else 0)
    top = above + GAP + 28 + height_of_tasks + GAP
    height = (max(map(len, endpoints.values())) + 1) * LINE + 14
    bottom = top + height + (GAP + BASTION if bastions else 0) + 12
    to_database, to_endpoints = ways.get(("service", "database")), ways.get(("service", "endpoints"))
    place = tasks = Box(0, 0, 0, 0)
    for zone in zones.names:
        x = zones.column(zone)
        tasks = canvas.box("part", Box(x + 20, above + GAP + 28, ZONE - 50, height_of_tasks), ["Fargate tasks", *lines])
        to_tasks = (tasks.middle, above - 10), (tasks.middle, tasks.y - 2)
        _arrow(canvas, ways.get(("alb", "service")), *to_tasks, label=(tasks.middle + 12, above + 22))
        _arrow(canvas, to_database, (x + 96, tasks.bottom), (x + 96, bottom + GAP + 26), label=(x + 36, bottom + GAP - 10))
        if endpoints[zone]:
            place = canvas.box("part", Box(x + 20 + LANE, top, ZONE - 50 - LANE, height), ["VPC endpoints", *endpoints[zone]])
            _arrow(
                canvas, to_endpoints, (place.middle, tasks.bottom), (place.middle, top - 2), label=(place.middle + 12, tasks.bottom + 21)
            )
        elif place.width:
            # To those of the zone beside it.
            over = (x + 36, tasks.bottom), (x + 36, top + 20), (place.right + 2, top + 20)
            _arrow(canvas, to_endpoints, *over, label=(x + 42, tasks.bottom + 21))
    for bastion in bastions:
        zone = next(name for (_, name), subnet in zones.subnets.items() if subnet is bastion.target("SubnetId"))
        _bastion(canvas, ways, Box(zones.column(zone) + 20 + LANE, top + height + GAP, ZONE - 50 - LANE, BASTION), bottom)
    return place, tasks, bottom


def _bastion(canvas: Canvas, ways: Ways, box: Box, bottom: float) -> None:
    canvas.box("part", box, ["Bastion", "Session Manager"])
    up, down = ways.get(("bastion", "endpoints")), ways.get(("bastion", "database"))
    _arrow(canvas, up, (box.middle, box.y), (box.middle, box.y - GAP + 2), label=(box.middle + 12, box.y - 12))
    _arrow(canvas, down, (box.x + 16, box.bottom), (box.x + 16, bottom + GAP + 26), label=(box.x + 24, bottom + GAP - 10))


def _endpoints(deployment: Deployment, zones: Zones, zone: str) -> list[str]:
    """The services that have an interface endpoint in this zone, two a line where there is room."""
    endpoints = (endpoint for endpoint in deployment.of(ENDPOINT) if endpoint.get("VpcEndpointType") == "Interface")
    subnet = zones.subnets.get(("service", zone))
    names = sorted((_behind(endpoint) for endpoint in endpoints if subnet in endpoint.targets("SubnetIds")), key=len)
    lines: list[str] = []
    for name in names:
        if lines and width_of(f"{lines[-1]}, {name}", SMALL) < ZONE - 50 - LANE - 12:
            lines[-1] += f", {name}"
        else:
            lines.append(name)
    return lines


def _behind(endpoint: Resource) -> str:
    """The service's name, without region: ecr.api."""
    return str(endpoint.get("ServiceName")).split(".", 3)[-1]


def _data(canvas: Canvas, deployment: Deployment, zones: Zones, ways: Ways, above: float) -> float:
    """What holds data: the database with its standby, then each of the others, with who reaches it; returns where the tier ends."""
    y = above + GAP + 28
    held = _in_tier(deployment, zones, "data")
    first = next((each for each in held if each.type == DATABASE and each.get("SourceDBInstanceIdentifier") is None), None)
    if first:
        y = _database(canvas, first, Box(zones.column(zones.names[0]) + 20, y, zones.width - 40, 94), zones) + 10
    for other in held:
        if other is not first:
            reached = [way for way in ways.values() if way.target == kind(other)]
            who = "; ".join(f"{NAMES.get(way.source, way.source)}: {way.label}" for way in reached)
            box = Box(zones.column(zones.names[0]) + 20, y, zones.width - 40, OTHER)
            canvas.box("part", box, [f"{other.logical_id}: {other.type.removeprefix('AWS::').replace('::', ' ')}", who])
            y = box.bottom + 10
    return y


def _database(canvas: Canvas, instance: Resource, outer: Box, zones: Zones) -> float:
    """The instance, and its standby; returns where they end."""
    canvas.box("part", outer)
    details = f"{instance.get('DBInstanceClass')}, {instance.get('AllocatedStorage')} GB"
    encrypted = ", encrypted" if instance.get("StorageEncrypted") or instance.get("DBSnapshotIdentifier") else ", not encrypted"
    canvas.text(outer.middle, outer.y + 22, f"RDS PostgreSQL {instance.get('EngineVersion')}, {details}{encrypted}", "bold")
    copies = ["primary", "standby"] if instance.get("MultiAZ") else ["one instance, in one of the zones"]
    places = [Box(zones.column(zone) + 34, outer.y + 38, ZONE - 78, 42) for zone in zones.names[: len(copies)]]
    if len(places) == 1:
        places = [Box(outer.middle - 130, outer.y + 38, 260, 42)]
    for place, copy in zip(places, copies, strict=True):
        canvas.box("inner", place)
        canvas.text(place.middle, place.center + 5, copy, "small")
    if len(places) > 1:
        canvas.arrow("thin copy", (places[0].right, places[0].center), (places[1].x - 2, places[0].center))
    return outer.bottom


def _behind_balancer(deployment: Deployment) -> Resource:
    """The service that answers requests; raises Missing."""
    return next((each.service for each in registrations(deployment)), None) or deployment.only("AWS::ECS::Service")


def _in_tier(deployment: Deployment, zones: Zones, tier: str) -> list[Resource]:
    """What has an address in this tier."""
    subnets = {subnet for (of, _), subnet in zones.subnets.items() if of == tier}
    return [each for each in standing(deployment) if subnets.intersection(subnets_of(each))]


def _outside(canvas: Canvas, deployment: Deployment, ways: Ways, x: float) -> tuple[Box, float]:
    """The user, the gateway, and who lets users write; returns the gateway, and where all of them end."""
    stage = deployment.only("AWS::ApiGateway::Stage")
    rest = [method for method in deployment.of("AWS::ApiGateway::Method") if method.get("HttpMethod") != "OPTIONS"]
    firewall = deployment.of("AWS::WAFv2::WebACL")
    guards = sorted({str(method.get("AuthorizationType")) for method in rest} - {"NONE"})
    keys = any(method.get("ApiKeyRequired") for method in rest)
    lines = [
        "API Gateway",
        "REST, regional",
        *(["WAF in front of it"] if firewall else []),
        f"{len(rest)} documented operations",
        "writes: API key" if keys else WRITES[guards[0] if guards else "NONE"],
        f"stage {stage.get('StageName')}",
    ]
    gateway = canvas.box("out", Box(x - 95, TOP + 32, 190, len(lines) * LINE + 22), lines)
    user = canvas.box("out", Box(LEFT, gateway.y, 100, 56), ["User", "reads, writes"])
    way = ways["user", "gateway"]
    _arrow(canvas, way, (user.right, user.center), (gateway.x - 2, user.center), label=(user.right + 8, user.center - 10))
    if not deployment.of("AWS::Cognito::UserPool"):
        return gateway, gateway.bottom
    cognito = canvas.box("out", Box(LEFT, user.bottom + 54, 120, 52), ["Cognito", "editors sign in"])
    down, up = user.x + 24, user.x + 76
    canvas.arrow("tls", (down, user.bottom), (down, cognito.y - 2))
    canvas.arrow("tls", (up, cognito.y), (up, user.bottom + 2))
    canvas.text(up + 8, user.bottom + 31, "token", "small", "left", "halo")
    canvas.text(user.right + 8, user.center + 18, "with token", "small", "left", "halo")
    return gateway, max(gateway.bottom, cognito.bottom)


def _way_in(canvas: Canvas, deployment: Deployment, ways: Ways, *points: Point, label: Point) -> None:
    """Through the VPC link."""
    link = "VPC link v2" if deployment.of("AWS::ApiGatewayV2::VpcLink") else "VPC link v1"
    canvas.text(*label, link, "small", "left", "halo")
    _arrow(canvas, next(way for way in ways.values() if way.source == "gateway"), *points, label=(label[0] + 80, label[1]))


def _services(canvas: Canvas, deployment: Deployment, ways: Ways, vpc: Box, ends: tuple[Box, Box]) -> float:
    """What is used, and stands outside the VPC: what endpoints and tasks lead to, and what none of them calls; returns where it ends."""
    endpoints, tasks = ends
    x, y = vpc.right + BESIDE, tasks.y
    if to_s3 := ways.get(("service", "s3")):
        store = canvas.box("out", Box(x, y, AROUND, TASKS), ["S3: image layers", "by a route, which is the", "gateway endpoint"])
        _arrow(canvas, to_s3, (tasks.right, store.center), (x - 2, store.center), label=(vpc.right + 6, store.center - 10))
        y = store.bottom + 18
    behind = sorted({SERVICES.get(_behind(one), (_behind(one),)) for one in deployment.of(ENDPOINT) if _behind(one) != "s3"})
    services = _group(canvas, x, y, "AWS services", behind)
    if way := ways.get(("service", "endpoints")):
        height = min(endpoints.bottom - 18, services.bottom - 18)
        _arrow(canvas, way, (endpoints.right, height), (x - 2, height), label=(vpc.right + 6, height - 10))
    service = _behind_balancer(deployment)
    targets = [each for each in deployment.of("AWS::ApplicationAutoScaling::ScalableTarget") if service in deployment.uses(each)]
    slack = deployment.of("AWS::Chatbot::SlackChannelConfiguration")
    beside = [("S3: the ALB's access logs",), ("CloudWatch:", f"{len(deployment.of('AWS::CloudWatch::Alarm'))} alarms, a dashboard")]
    if deployment.of("AWS::SNS::Topic"):
        beside.append((f"SNS: {'Slack, ' if slack else ''}notifications",))
    beside += [("Auto Scaling:", f"{target.get('MinCapacity')} to {target.get('MaxCapacity')} tasks") for target in targets]
    return _group(canvas, x, services.bottom + 18, "Not called by tasks", beside).bottom


def _group(canvas: Canvas, x: float, y: float, title: str, groups: Sequence[Sequence[str]]) -> Box:
    """A box of services."""
    box = canvas.box("out", Box(x, y, AROUND, sum(len(group) * LINE + 8 for group in groups) + 40))
    canvas.text(box.middle, y + 24, title, "bold")
    y += 30
    for group in groups:
        for line in group:
            y += LINE
            canvas.text(box.middle, y, line, "small")
        y += 8
    return box


def _table(canvas: Canvas, deployment: Deployment, ways: list[Connection], x: float) -> float:
    """Every connection, with its encryption; returns where the table ends."""
    rows = [(_line(way), " → ".join(NAMES.get(end, end) for end in (way.source, way.target)), way) for way in ways]
    y = TOP + 6.0
    canvas.text(x, y, "Every connection that is open", "left", "bold")
    if deployment.of("AWS::Cognito::UserPool"):
        # It takes nothing else.
        _row(canvas, x, y + 21, "tls", ("user → Cognito", "TLS, port 443"))
        y += 21
    for line, who, way in rows:
        y += 21
        words = f"TLS, port {way.port}" if way.encrypted else f"{way.protocol}, port {way.port}, plain"
        _row(canvas, x, y, line, (who, words))
    return y


def _row(canvas: Canvas, x: float, y: float, line: str, words: tuple[str, str]) -> None:
    canvas.arrow(line, (x, y - 4), (x + 34, y - 4))
    canvas.text(x + 46, y, words[0], "left", "small")
    canvas.text(x + 236, y, words[1], "left", "small", *(["amber"] if line == "plain" else []))
