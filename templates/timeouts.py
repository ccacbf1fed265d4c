"""Time limits in seconds, in one place because their order matters.

Request timeouts fall on the way to the database, so that whoever waits hears from the one who knows why;
idle timeouts rise on the way to the task, so that no one sends into a connection that was just closed.
"""

# API Gateway gives up. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
GATEWAY = 29
# The ALB closes an idle connection; the service keeps it open for longer (75).
ALB_IDLE = 60

# A task that leaves gets no new requests and has this long for its last ones,
DEREGISTRATION = 30
# and this long from SIGTERM to SIGKILL; Fargate allows 120.
STOP = 60
