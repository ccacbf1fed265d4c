"""The architecture: the VPC with its zones and tiers, what stands in each, the way of a request, and what is outside."""

from typing import NamedTuple

from ci.model import Deployment, Resource
from ci.model.connections import Connection, connections
from ci.model.reach import BALANCER, kind
from ci.pictures.canvas import LINE, Box, Canvas
from templates.addresses import TIERS

ZONE, LANE, GAP = 270, 90, 34
TASKS, BASTION = 64, 48
VPC_X, TOP = 420, 40
INTERNET = ("AWS::EC2::InternetGateway", "AWS::EC2::NatGateway", "AWS::EC2::EgressOnlyInternetGateway", "AWS::EC2::VPCGatewayAttachment")
WRITES = {"NONE": "everybody writes", "AWS_IAM": "writes: IAM", "COGNITO_USER_POOLS": "writes: Cognito"}
NAMES = {
    "user": "user",
    "gateway": "API Gateway",
    "nlb": "NLB",
    "alb": "ALB",
    "service": "tasks",
    "database": "PostgreSQL",
    "endpoints": "endpoints",
    "s3": "S3",
    "bastion": "bastion",
}

Point = tuple[float, float]
Ways = dict[tuple[str, str], Connection]


class Zones(NamedTuple):
    """The subnets by tier and zone, and where each zone's column begins."""

    names: list[str]
    subnets: dict[tuple[str, str], Resource]

    def column(self, zone: str) -> float:
        """The x of a zone."""
        return VPC_X + 16 + self.names.index(zone) * ZONE

    @property
    def width(self) -> float:
        """All columns."""
        return len(self.names) * ZONE - 10


def architecture(deployment: Deployment) -> str:
    """The picture's file."""
    environment = deployment.environment
    canvas = Canvas(
        f"{environment.project} {environment.name}: a request goes through API Gateway, a VPC link and internal balancers to Fargate tasks "
        "and PostgreSQL; tasks reach AWS services through VPC endpoints."
    )
    zones = _zones(deployment)
    ways = {(way.source, way.target): way for way in connections(deployment)}
    canvas.text(24, TOP + 6, f"{environment.project} {environment.name}", "left", "title")
    tiers: list[tuple[str, Box]] = []
    entrance, y = _ingress(canvas, deployment, zones, ways, TOP + 76)
    tiers.append(("ingress", Box(zones.column(zones.names[0]) + 8, TOP + 76, zones.width - 16, y - TOP - 76)))
    endpoints, bottom = _service(canvas, deployment, zones, ways, y)
    tiers.append(("service", Box(tiers[0][1].x, y + GAP, tiers[0][1].width, bottom - y - GAP)))
    end = _data(canvas, deployment, zones, bottom)
    tiers.append(("data", Box(tiers[0][1].x, bottom + GAP, tiers[0][1].width, end - bottom - GAP)))
    inside = Box(VPC_X, TOP, zones.width + 32, end - TOP + 18)
    _frames(canvas, deployment, zones, inside, tiers)
    left = _outside(canvas, deployment, ways, entrance)
    _services(canvas, deployment, inside, endpoints)
    height = max(inside.bottom + 30, _table(canvas, list(ways.values()), left + 70))
    return canvas.text_of(inside.right + 230, height)


def _frames(canvas: Canvas, deployment: Deployment, zones: Zones, inside: Box, tiers: list[tuple[str, Box]]) -> None:
    """The VPC, its zones and its tiers."""
    canvas.frame("vpc", inside)
    open_to = deployment.of(*INTERNET)
    way_out = f"with {open_to[0].label}, a way to the Internet" if open_to else "no way to the Internet"
    block = deployment.only("AWS::EC2::VPC").get("CidrBlock")
    canvas.text(inside.x + 16, inside.y + 26, f"VPC {block}: {way_out}", "left", "bold")
    for zone in zones.names:
        canvas.frame("zone", Box(zones.column(zone), TOP + 42, ZONE - 10, inside.height - 54))
        canvas.text(zones.column(zone) + (ZONE - 10) / 2, TOP + 60, f"Availability Zone {zone}", "small")
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


def _arrow(canvas: Canvas, way: Connection | None, start: Point, end: Point, *, label: Point) -> None:
    """A connection, if it is open, with its protocol and port beginning at `label`."""
    if way:
        canvas.arrow(_line(way), start, end)
        canvas.text(*label, way.label, "small", "left", "halo", *([] if way.encrypted else ["amber"]))


def _line(way: Connection) -> str:
    return "tls" if way.encrypted else "plain"


def _service(canvas: Canvas, deployment: Deployment, zones: Zones, ways: Ways, above: float) -> tuple[Box, float]:
    """Tasks and endpoints in each zone; returns the last zone's endpoints, and where the tier ends."""
    service = deployment.only("AWS::ECS::Service")
    task = service.target("TaskDefinition")
    endpoints = {zone: _endpoints(deployment, zones, zone) for zone in zones.names}
    bastions = deployment.of("AWS::EC2::Instance")
    top = above + GAP + 28 + TASKS + GAP
    height = (max(map(len, endpoints.values())) + 1) * LINE + 14
    bottom = top + height + (GAP + BASTION if bastions else 0) + 12
    rolling = service.get("DeploymentConfiguration", "Strategy", default="ROLLING") == "ROLLING"
    processor = task.get("RuntimePlatform", "CpuArchitecture", default="X86_64")
    lines = ["one version after the other" if rolling else "blue or green"]
    lines.append(f"{int(task.need('Cpu')) / 1024:g} vCPU, {int(task.need('Memory')) / 1024:g} GB, {processor}")
    to_database, to_endpoints = ways.get(("service", "database")), ways.get(("service", "endpoints"))
    place = Box(0, 0, 0, 0)
    for zone in zones.names:
        x = zones.column(zone)
        box = canvas.box("part", Box(x + 20, above + GAP + 28, ZONE - 50, TASKS), ["Fargate tasks", *lines])
        _arrow(canvas, ways.get(("alb", "service")), (box.middle, above - 10), (box.middle, box.y - 2), label=(box.middle + 12, above + 22))
        _arrow(canvas, to_database, (x + 96, box.bottom), (x + 96, bottom + GAP + 26), label=(x + 36, bottom + GAP - 10))
        place = Box(x + 20 + LANE, top, ZONE - 50 - LANE, height)
        if endpoints[zone]:
            canvas.box("part", place, ["VPC endpoints", *endpoints[zone]])
            _arrow(canvas, to_endpoints, (place.middle, box.bottom), (place.middle, top - 2), label=(place.middle + 12, box.bottom + 21))
    for bastion in bastions:
        zone = next(name for (_, name), subnet in zones.subnets.items() if subnet is bastion.target("SubnetId"))
        _bastion(canvas, ways, Box(zones.column(zone) + 20 + LANE, top + height + GAP, place.width, BASTION), bottom)
    return place, bottom


def _bastion(canvas: Canvas, ways: Ways, box: Box, bottom: float) -> None:
    canvas.box("part", box, ["Bastion", "Session Manager"])
    up, down = ways.get(("bastion", "endpoints")), ways.get(("bastion", "database"))
    _arrow(canvas, up, (box.middle, box.y), (box.middle, box.y - GAP + 2), label=(box.middle + 12, box.y - 12))
    _arrow(canvas, down, (box.x + 16, box.bottom), (box.x + 16, bottom + GAP + 26), label=(box.x + 24, bottom + GAP - 10))


def _endpoints(deployment: Deployment, zones: Zones, zone: str) -> list[str]:
    """The services that have an endpoint in this zone, two a line, and where the others are."""
    interfaces, gateways, elsewhere = [], [], set()
    for endpoint in deployment.of("AWS::EC2::VPCEndpoint"):
        service = str(endpoint.get("ServiceName")).split(".", 3)[-1]
        if endpoint.get("VpcEndpointType") != "Interface":
            gateways.append(f"{service} (gateway)")
        elif any(subnet is zones.subnets.get(("service", zone)) for subnet in endpoint.targets("SubnetIds")):
            interfaces.append(service)
        else:
            elsewhere |= {str(subnet.get("AvailabilityZone")) for subnet in endpoint.targets("SubnetIds")}
    names = sorted(interfaces, key=len) + gateways
    lines: list[str] = []
    for name in names:
        if lines and len(lines[-1]) + len(name) < 18:
            lines[-1] += f", {name}"
        else:
            lines.append(name)
    return [*lines, *(f"others: {place}" for place in sorted(elsewhere))]


def _data(canvas: Canvas, deployment: Deployment, zones: Zones, above: float) -> float:
    y = above + GAP
    instance = deployment.only("AWS::RDS::DBInstance")
    outer = canvas.box("part", Box(zones.column(zones.names[0]) + 20, y + 28, zones.width - 40, 94))
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
    return y + 132


def _outside(canvas: Canvas, deployment: Deployment, ways: Ways, entrance: Box) -> float:
    """The user, the gateway, and who lets users write; returns where they end."""
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
    height = len(lines) * LINE + 22
    gateway = canvas.box("out", Box(170, max(entrance.center - height / 2, 30), 170, height), lines)
    user = canvas.box("out", Box(24, entrance.center - 28, 90, 56), ["User", "reads, writes"])
    canvas.arrow("tls", (user.right, entrance.center), (gateway.x - 2, entrance.center))
    canvas.text(142, entrance.center - 10, "TLS", "small", "halo")
    inward = next(way for way in ways.values() if way.source == "gateway")
    canvas.arrow(_line(inward), (gateway.right, entrance.center), (entrance.x - 2, entrance.center))
    link = "VPC link v2" if deployment.of("AWS::ApiGatewayV2::VpcLink") else "VPC link v1"
    canvas.text(380, entrance.center - 26, link, "small", "halo")
    canvas.text(380, entrance.center - 10, inward.label, "small", "halo", *([] if inward.encrypted else ["amber"]))
    if deployment.of("AWS::Cognito::UserPool"):
        cognito = canvas.box("out", Box(24, gateway.bottom + 34, 120, 52), ["Cognito", "editors sign in"])
        canvas.arrow("thin", (user.middle, user.bottom), (user.middle, cognito.y - 2))
        canvas.arrow("thin", (cognito.right, cognito.center), (gateway.middle, cognito.center), (gateway.middle, gateway.bottom + 2))
        canvas.text(200, cognito.center - 8, "token", "small", "halo")
        return cognito.bottom
    return gateway.bottom


def _services(canvas: Canvas, deployment: Deployment, vpc: Box, endpoints: Box) -> None:
    """What is used, and stands outside the VPC."""
    target = deployment.only("AWS::ApplicationAutoScaling::ScalableTarget")
    topics = deployment.of("AWS::SNS::Topic")
    slack = deployment.of("AWS::Chatbot::SlackChannelConfiguration")
    alarms = len(deployment.of("AWS::CloudWatch::Alarm"))
    groups = [
        ["ECR: images"],
        ["S3: image layers, logs"],
        ["Secrets Manager:", "the database's password"],
        ["CloudWatch: logs,", f"{alarms} alarms, a dashboard"],
        [f"SNS: {'Slack, ' if slack else ''}notifications"] if topics else [],
        ["Auto Scaling:", f"{target.get('MinCapacity')} to {target.get('MaxCapacity')} tasks"],
    ]
    height = sum(len(group) * LINE + 8 for group in groups if group) + 44
    box = canvas.box("out", Box(vpc.right + 44, endpoints.center - height / 2, 164, height))
    canvas.text(box.middle, box.y + 26, "AWS services", "bold")
    y = box.y + 34
    for group in filter(None, groups):
        for line in group:
            y += LINE
            canvas.text(box.middle, y, line, "small")
        y += 8
    canvas.arrow("tls", (endpoints.right, box.center), (box.x - 2, box.center))
    canvas.text(vpc.right + 22, box.center - 10, "TLS", "small", "halo")


def _table(canvas: Canvas, ways: list[Connection], y: float) -> float:
    """Every connection, with its encryption; returns where the table ends."""
    x = 24.0
    canvas.text(x, y, "Every connection that is open", "left", "bold")
    for way in ways:
        y += 22
        canvas.arrow(_line(way), (x, y - 4), (x + 34, y - 4))
        canvas.text(x + 46, y, f"{NAMES[way.source]} → {NAMES[way.target]}", "left", "small")
        words = f"TLS, port {way.port}" if way.encrypted else f"{way.protocol}, port {way.port}, plain"
        canvas.text(x + 196, y, words, "left", "small", *([] if way.encrypted else ["amber"]))
    return y + 30
