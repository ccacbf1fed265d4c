"""How people hear of alarms and events: a topic with its subscribers, and a budget. It is made first, and waits for nothing."""

from templates.layer import Layer
from templates.layers.notifications.budget import budget
from templates.layers.notifications.slack import slack
from templates.layers.notifications.topic import topic
from templates.settings import Environment


def notifications(environment: Environment) -> Layer:
    """Topic, e-mail, Slack and budget; the alarms and events are in the layers that they watch."""
    layer = Layer("notifications", environment, "how people hear of alarms and events")
    messages = topic(layer)
    slack(layer, messages)
    budget(layer, messages)
    return layer
