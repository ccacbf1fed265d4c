"""A monthly limit on what the account costs, and who hears when it is near."""

from troposphere import Ref
from troposphere.budgets import Budget, BudgetData, Notification, NotificationWithSubscribers, Spend, Subscriber
from troposphere.sns import Topic

from templates.layer import Layer


def budget(layer: Layer, topic: Topic) -> None:
    """Notify at 80 % spent, and when the forecast passes the limit. It counts the whole account: by tag it would stay at zero
    until somebody activates the tag for billing.
    """
    limit = layer.environment.monitoring.budget_usd
    if limit is None:
        return
    subscriber = Subscriber(SubscriptionType="SNS", Address=Ref(topic))
    layer.add(
        Budget(
            "Budget",
            Budget=BudgetData(BudgetType="COST", TimeUnit="MONTHLY", BudgetLimit=Spend(Amount=limit, Unit="USD")),
            NotificationsWithSubscribers=[
                NotificationWithSubscribers(
                    Notification=Notification(
                        NotificationType=kind, ComparisonOperator="GREATER_THAN", Threshold=percent, ThresholdType="PERCENTAGE"
                    ),
                    Subscribers=[subscriber],
                )
                for kind, percent in (("ACTUAL", 80), ("FORECASTED", 100))
            ],
            DependsOn=["TopicPolicy"],
        ),
        f"{limit} USD a month for the whole account",
    )
