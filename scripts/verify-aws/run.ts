import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient, type SFNClientConfig } from '@aws-sdk/client-sfn';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { createPorts } from '../../functions/aws/ports.ts';
import { parseConfig } from '../../functions/migration/settings/config.ts';
import { type Clients, runTimeRemovals } from './account.ts';
import { answerDifferences } from './answers.ts';
import { type CdkRun, cdk, outputIn, writeConfig } from './cdk.ts';
import { Removals, withTeardown } from './clean-up.ts';
import { verificationConfig } from './deployment-name.ts';
import { EXPECTATIONS, manualQuestions } from './expectations.ts';
import { moveTenant } from './moves.ts';
import { plannedCalls } from './plan.ts';
import { type DeniedCall, plannedCallsOnly } from './planned-calls.ts';
import { probe } from './probes.ts';
import {
  NEVER_RUN,
  renderDeniedCalls,
  renderDifferences,
  renderLeftovers,
  renderMoves,
  renderQuestions,
} from './render.ts';

/**
 * Unreserved concurrency that an account needs: 23 that the functions reserve, and the 100 that Lambda keeps. [Configuring
 * reserved concurrency]
 */
const RESERVED = 123;
/** Attempts at removals. A backup or a mapping may delay the deletion of a table for minutes. */
const REMOVAL = { rounds: 60, pauseMs: 15_000, sleep };

export interface RunOptions {
  readonly prefix: string;
  readonly region: string;
  readonly items: number;
  /** True to only remove resources that an earlier run has left. */
  readonly removeOnly: boolean;
  say(line: string): void;
}

/**
 * Runs the verification and removes its resources.
 * @returns true if every item was as written, AWS answered as expected, and nothing is left
 */
export const run = async (options: RunOptions): Promise<boolean> => {
  const { prefix, region, say } = options;
  say(NEVER_RUN);
  const folder = mkdtempSync(join(tmpdir(), 'tierferry-verify-'));
  const refusals: DeniedCall[] = [];
  const watched = {
    region,
    ...plannedCallsOnly(plannedCalls(), (refusal) => {
      refusals.push(refusal);
    }),
  };
  const clients = {
    dynamodb: new DynamoDBClient(watched),
    sfn: new SFNClient(watched),
    lambda: new LambdaClient({ region }),
  };
  const { account, partition, reservedConcurrency } = await readAccount(clients.lambda, region);
  say(
    `account ${account}, ${region}, prefix ${prefix}; concurrency is ${reservedConcurrency ? '' : 'not '}reserved`,
  );
  const config = verificationConfig(prefix, { reservedConcurrency });
  const cdkRun = {
    configFile: writeConfig(folder, config),
    folder,
    env: { ...process.env, AWS_REGION: region, CDK_DEFAULT_REGION: region, CDK_DEFAULT_ACCOUNT: account },
  };
  const machineArn = (name: string) => `arn:${partition}:states:${region}:${account}:stateMachine:${name}`;
  const cleanUp = new Removals(REMOVAL);
  cleanUp.add({
    what: `the stacks Tierferry-${prefix}-*`,
    remove: () => cdk(['destroy', '--all', '--force'], { ...cdkRun, isDetached: true }),
  });
  for (const teardown of runTimeRemovals(clients, { prefix, machineArn })) cleanUp.add(teardown);

  const { result, error, left } = await withTeardown(
    cleanUp,
    { signals: process, onAgain: () => say('The removal continues. Resources that are left cost money.') },
    async (signal) =>
      options.removeOnly
        ? undefined
        : deployAndMove(options, { clients, watched, config, cdkRun, machineArn }, signal),
  );
  rmSync(folder, { recursive: true, force: true });
  const lines = [
    ...(result ? [...renderMoves(result.moves), ...renderDifferences(result.differences)] : []),
    ...renderDeniedCalls(refusals),
    ...renderQuestions([], manualQuestions(prefix, machineArn(`${prefix}-tier-migration`))),
    ...(error === undefined
      ? []
      : [`The run ended early: ${error instanceof Error ? error.message : error}`]),
    ...renderLeftovers(left, `npm run verify:aws -- --region ${region} --remove ${prefix}`),
  ];
  for (const line of lines) say(line);
  const isRight = (result?.moves ?? []).every(({ differences }) =>
    Object.values(differences).every((keys) => keys.length === 0),
  );
  return error === undefined && left.length === 0 && isRight && (result?.differences ?? []).length === 0;
};

/** Reads the account that the credentials are for, and whether it has the concurrency that functions reserve. */
const readAccount = async (lambda: LambdaClient, region: string) => {
  const { Account: account = '', Arn: caller = '' } = await new STSClient({ region }).send(
    new GetCallerIdentityCommand({}),
  );
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
  return {
    account,
    partition: caller.split(':')[1] ?? 'aws',
    reservedConcurrency: (AccountLimit?.UnreservedConcurrentExecutions ?? 0) >= RESERVED,
  };
};

interface Deployment {
  readonly clients: Clients;
  /** Configuration of clients that make planned calls only. */
  readonly watched: DynamoDBClientConfig & SFNClientConfig;
  readonly config: ReturnType<typeof verificationConfig>;
  readonly cdkRun: CdkRun;
  readonly machineArn: (name: string) => string;
}

/** Deploys, asks AWS the questions, and moves a tenant there and back. */
const deployAndMove = async (
  { prefix, items, say }: RunOptions,
  { clients, watched, config, cdkRun, machineArn }: Deployment,
  signal: AbortSignal,
) => {
  const outputs = join(cdkRun.folder, 'outputs.json');
  await cdk(['deploy', '--all', '--require-approval', 'never', '--outputs-file', outputs], cdkRun);
  signal.throwIfAborted();
  const nowMs = () => performance.now();
  const pause = (ms: number) =>
    sleep(ms, undefined, { signal }).catch(() => {
      signal.throwIfAborted();
    });
  const probed = await probe({ dynamodb: clients.dynamodb, prefix, now: nowMs, sleep: pause });
  const ports = createPorts(parseConfig(config).settings, {
    dynamodb: watched,
    sfn: watched,
    stateMachineArn: outputIn(outputs, 'StateMachineArn'),
    rollbackStateMachineArn: outputIn(outputs, 'RollbackStateMachineArn'),
  });
  const { moves, answers } = await moveTenant({
    ports,
    ...clients,
    machineArn: machineArn(`${prefix}-tier-migration`),
    items,
    now: nowMs,
    sleep: pause,
    say,
  });
  return { moves, differences: answerDifferences(EXPECTATIONS, [...probed, ...answers]) };
};
