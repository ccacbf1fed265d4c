"""AWS Budgets."""

from facts.kinds import Beside, Delivery, Facts, Name

FACTS = {
    "AWS::Budgets::Budget": Facts(
        type="AWS::Budgets::Budget",
        source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-budgets-budget.html",
        # CloudFormation names it without the stack's name.
        arns=("budgets::{account}:budget/*",),
        name=Name("Budget.BudgetName", "account"),
        # https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
        deliveries=(
            Delivery(
                "NotificationsWithSubscribers.Subscribers.Address",
                "budgets.amazonaws.com",
                {"AWS::SNS::Topic": ("sns:Publish",)},
                key_actions=("kms:Decrypt", "kms:GenerateDataKey"),
            ),
        ),
        beside=(Beside(("billing:GetBillingViewData",), ("billing::{account}:billingview/*",)),),
    )
}
