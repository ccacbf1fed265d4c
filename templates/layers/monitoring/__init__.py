"""What tells people how it goes: a topic with its subscribers, alarms, events, a dashboard and a budget."""

from templates.layer import Layer
from templates.layers.monitoring.alarms import alarms
from templates.layers.monitoring.budget import budget
from templates.layers.monitoring.dashboard import dashboard
from templates.layers.monitoring.events import events
from templates.layers.monitoring.slack import slack
from templates.layers.monitoring.topic import topic
from templates.settings import Environment


def monitoring(environment: Environment) -> Layer:
    """Topic, e-mail and Slack, alarms, deployment and failover events, dashboard, budget."""
    layer = Layer("monitoring", environment, "alarms, events and a dashboard")
    notifications = topic(layer)
    slack(layer, notifications)
    alarms(layer, notifications)
    events(layer, notifications)
    dashboard(layer)
    budget(layer, notifications)
    return layer
