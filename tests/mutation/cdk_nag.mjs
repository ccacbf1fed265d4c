// Asks cdk-nag's AwsSolutions pack about templates, as CfnInclude reads them.
// Reads their paths as a JSON list from standard input; prints the rules that object to each, as often as they do, as a JSON object.
import { readFileSync } from "node:fs";
import { App, Stack } from "aws-cdk-lib";
import { CfnInclude } from "aws-cdk-lib/cloudformation-include";
import { AwsSolutionsChecks } from "cdk-nag";

const answers = {};
for (const templateFile of JSON.parse(readFileSync(0, "utf8"))) {
  const app = new App();
  const stack = new Stack(app, "Stack");
  try {
    new CfnInclude(stack, "Template", { templateFile });
  } catch {
    answers[templateFile] = ["refused by CfnInclude"];
    continue;
  }
  const report = new AwsSolutionsChecks(app).validateScope(stack);
  answers[templateFile] = report.violations.flatMap((violation) => violation.violatingResources.map(() => violation.ruleName));
}
process.stdout.write(JSON.stringify(answers));
