import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cdk, synthesise, writeConfig } from './cdk.ts';
import { stackNames, verificationConfig } from './deployment-name.ts';
import { EXPECTATIONS, manualQuestions } from './expectations.ts';
import { policyFor } from './permissions.ts';
import { STEPS } from './plan.ts';
import { NEVER_RUN, renderPlan, renderQuestions } from './render.ts';

const PLACE = { partition: 'aws', region: '<region>', account: '<account>' };

/** Runs the part that needs neither an account nor a network: synthesis, the plan, the permissions, the questions. */
export const dryRun = async (prefix: string, say: (line: string) => void): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'tierferry-verify-'));
  try {
    const configFile = writeConfig(folder, verificationConfig(prefix, { reservedConcurrency: false }));
    // without AWS variables, CDK does not use credentials or a region
    await cdk(['synth', '--quiet'], { configFile, folder, env: withoutAws(process.env) });
    const { resources, kept } = synthesise(folder);
    if (kept.length > 0) throw new Error(`these resources would outlive their stack: ${kept.join(', ')}`);
    say(
      `Synthesis: ${resources} resources in ${stackNames(prefix).join(', ')}; all of them are deleted with their stacks.`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  for (const line of planLines(prefix)) say(line);
};

/** Returns the plan, the permissions and the questions of a run. */
export const planLines = (prefix: string): readonly string[] => {
  const machine = `arn:aws:states:<region>:<account>:stateMachine:${prefix}-tier-migration`;
  return [
    ...renderPlan(STEPS),
    'IAM policy of the caller, in addition to the roles of `cdk bootstrap`:',
    JSON.stringify(policyFor(STEPS, { ...PLACE, prefix }), undefined, 2),
    ...renderQuestions(EXPECTATIONS, manualQuestions(prefix, machine)),
    'Cost of a run: below $1 at the prices of docs/cost.md. It takes about an hour.',
    NEVER_RUN,
  ];
};

const withoutAws = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('AWS_')));
