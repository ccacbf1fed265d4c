"""Pain 8: NLB to ALB target, or service to target group, is created in the wrong order (aws-cdk 19696 and 30396)."""

from tests.deployments import objections, properties, rendered, resource

RULE = "creation-order"


def test_the_rendered_order_is_right() -> None:
    assert not objections(RULE, rendered("prod"))


def test_an_alb_as_a_target_before_its_listener_is_found() -> None:
    templates = rendered("prod")
    del resource(templates, "ElasticLoadBalancingV2::TargetGroup")["DependsOn"]
    assert "only on the port of a listener that exists" in objections(RULE, templates)


def test_a_target_on_another_port_than_the_listeners_is_found() -> None:
    templates = rendered("prod")
    properties(templates, "ElasticLoadBalancingV2::TargetGroup")["Port"] = 81
    assert "is TCP on 81" in objections("request-path", templates)


def test_a_service_whose_target_groups_are_not_those_of_a_rule_is_found() -> None:
    templates = rendered("prod")
    given = templates["root"]["Resources"]["Service"]["Properties"]["Parameters"]
    for name, value in given.items():
        if value.get("Fn::GetAtt", [""])[0] == "LoadBalancing":
            given[name] = "a literal"
    assert "names at LoadBalancers.0.TargetGroupArn no resource of these templates" in objections("request-path", templates)


def test_a_service_before_its_endpoints_is_found() -> None:
    templates = rendered("prod")
    del templates["root"]["Resources"]["Service"]["DependsOn"]
    assert "its tasks call AWS at once" in objections(RULE, templates)


def test_a_log_before_its_bucket_lets_it_in_is_found() -> None:
    templates = rendered("prod")
    del templates["load_balancing"]["Resources"]["Alb"]["DependsOn"]
    assert "refused until the bucket lets it in" in objections(RULE, templates)
