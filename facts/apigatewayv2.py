"""API Gateway's VPC links of the second version."""

from facts.kinds import Facts, Member

FACTS = {
    "AWS::ApiGatewayV2::VpcLink": Facts(
        type="AWS::ApiGatewayV2::VpcLink",
        source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-vpclink.html",
        arns=("apigateway:{region}::/vpclinks/*", "apigateway:{region}::/vpclinks"),
        member=Member("SecurityGroupIds", "SubnetIds"),
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/using-service-linked-roles.html
        linked_roles=("ops.apigateway.amazonaws.com",),
        refers={"SubnetIds": ("AWS::EC2::Subnet", "Ref")},
    )
}
