"""The stacks: settings in, CloudFormation templates out, one module a layer."""
