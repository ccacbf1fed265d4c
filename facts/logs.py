"""CloudWatch Logs."""

from facts.kinds import Facts, Metrics, Name

FACTS = {
    "AWS::Logs::LogGroup": Facts(
        type="AWS::Logs::LogGroup",
        source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html",
        arns=("logs:{region}:{account}:log-group:{name}:*", "logs:{region}:{account}:log-group:{name}"),
        name=Name("LogGroupName", "region"),
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html
        metrics=(Metrics("AWS/Logs", {"LogGroupName": "Ref"}, ("IncomingBytes", "IncomingLogEvents")),),
        policies=("ResourcePolicyDocument",),
        unused=("firehose:*", "logs:PutBearerTokenAuthentication"),
    )
}
