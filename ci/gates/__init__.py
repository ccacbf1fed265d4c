"""Other people's gates beside verify: one a module, with what is left out of it, each with the reason."""

from ci.gates import cfn_lint, cloudformation_validate
from ci.gates.gate import Gate

GATES: tuple[Gate, ...] = (cfn_lint, cloudformation_validate)
