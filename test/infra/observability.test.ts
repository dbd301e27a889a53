import { readdirSync, readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { embeddedMetrics, NAMESPACE } from '../../functions/aws/metrics.ts';
import type { Metric } from '../../functions/migration/metrics-port.ts';
import { parseConfig } from '../../functions/migration/settings/config.ts';
import { deployment } from '../../infra/deployment.ts';
import { FakeClock } from '../support/fake-clock.ts';

const PAGES = new URL('../../docs/operations/', import.meta.url);
const migration = (() => {
  const context = { 'aws:cdk:bundling-stacks': [], '@aws-cdk/core:defaultCrossStackReferences': 'strong' };
  const app = new App({ context });
  return Template.fromStack(
    deployment(
      app,
      parseConfig({ prefix: 'school', alarms: { email: ['ops@example.org'], captureBehindSeconds: 90 } }),
    ).migration,
  );
})();
const alarms = Object.values(migration.findResources('AWS::CloudWatch::Alarm')).map(
  ({ Properties }) => Properties,
);
const named = (page: string) => alarms.find(({ AlarmName }) => AlarmName === `school-tierferry-${page}`);

test('each alarm notifies a topic and names an existing page; each page is named', () => {
  const pages = alarms.map(
    ({ AlarmDescription }) => /docs\/operations\/([a-z-]+)\.md$/.exec(AlarmDescription)?.[1],
  );
  const there = readdirSync(PAGES).filter(
    (file) => !['README.md', 'restore.md', 'past-leases.md'].includes(file),
  );
  expect(pages.map((page) => `${page}.md`).sort()).toEqual(there.sort());
  for (const { AlarmActions } of alarms) expect(AlarmActions).toHaveLength(1);
  // without this policy, which is the topic's only one, no alarm would be delivered
  migration.hasResourceProperties('AWS::SNS::TopicPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Effect: 'Allow',
          Action: 'sns:Publish',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
        }),
      ]),
    },
  });
  migration.hasResourceProperties('AWS::SNS::Subscription', {
    Protocol: 'email',
    Endpoint: 'ops@example.org',
  });
  const index = readFileSync(new URL('README.md', PAGES), 'utf8');
  for (const page of there) {
    const text = readFileSync(new URL(page, PAGES), 'utf8');
    expect(text, page).toMatch(/^# .+\n\n[\s\S]*## What it means\n[\s\S]*## What to do\n/);
    expect(index).toContain(`(${page})`);
  }
});

test('missing data is an alarm only if data has to come, and what must never happen is one at once', () => {
  const breaching = alarms.filter(({ TreatMissingData }) => TreatMissingData === 'breaching');
  expect(breaching.map(({ AlarmName }) => AlarmName)).toEqual(['school-tierferry-streams-not-read']);
  expect(named('streams-not-read')).toMatchObject({
    Namespace: NAMESPACE,
    MetricName: 'StreamsNotRead',
    Statistic: 'Maximum',
    Threshold: 1,
    EvaluationPeriods: 5,
  });
  for (const page of [
    'fence-overdue',
    'not-converging',
    'stragglers',
    'checksum-mismatches',
    'damaged-records',
    'dead-letters',
    'failed-executions',
  ])
    expect(named(page)).toMatchObject({ Threshold: 1, EvaluationPeriods: 1 });
  expect(named('capture-behind')).toMatchObject({
    MetricName: 'IteratorAge',
    Statistic: 'Maximum',
    Threshold: 90_000,
    EvaluationPeriods: 3,
  });
  // a metric of the function, so of every stream that it reads: tables created or dropped at run time need no alarm
  expect(JSON.stringify(named('capture-behind')?.Dimensions)).toContain('CaptureChanges');
  // a metric of our own: what AWS counts under a machine's ARN may omit executions that an alias started
  expect(named('failed-executions')).toMatchObject({ Namespace: NAMESPACE, MetricName: 'FailedExecutions' });
  for (const { Dimensions, Metrics } of alarms)
    expect(JSON.stringify([Dimensions, Metrics])).not.toMatch(/TableName|EventSourceMappingUUID/);
});

test('metrics of ours in alarms and the dashboard are those that the functions write, with the same dimension', () => {
  const texts = JSON.stringify([alarms, migration.findResources('AWS::CloudWatch::Dashboard')]);
  const shown = new Set(
    [...texts.matchAll(/Tierferry\\*",\\*"(\w+)|"MetricName":"(\w+)","Namespace":"Tierferry"/g)].map(
      ([, a, b]) => a ?? b,
    ),
  );
  const lines: string[] = [];
  const write = embeddedMetrics({ prefix: 'school' }, new FakeClock(), (line) => lines.push(line));
  for (const name of shown) write.put({ [name as Metric]: 1 });
  const written = lines.map((line) => JSON.parse(line)._aws.CloudWatchMetrics[0]);
  expect(written).toHaveLength(shown.size);
  // a name that the functions do not know has no unit
  for (const { Namespace, Metrics } of written) {
    expect(Namespace).toBe(NAMESPACE);
    expect(Metrics[0].Unit).toEqual(expect.any(String));
  }
  expect(shown.size).toBe(17);
  for (const alarm of alarms.filter(({ Namespace }) => Namespace === NAMESPACE))
    expect(alarm.Dimensions).toEqual([{ Name: 'Deployment', Value: 'school' }]);
});

test('functions and state machines are traced, and write their metrics; capture is called too often to be traced', () => {
  migration.allResourcesProperties('AWS::Lambda::Function', {
    Environment: {
      Variables: Match.objectLike({ TIERFERRY_METRICS: 'embedded', TIERFERRY_HANDLER: Match.anyValue() }),
    },
  });
  const untraced = Object.values(migration.findResources('AWS::Lambda::Function'))
    .filter(({ Properties }) => Properties.TracingConfig?.Mode !== 'Active')
    .map(({ Properties }) => Properties.Description);
  expect(untraced).toEqual(['Tierferry: CaptureChanges']);
  migration.allResourcesProperties('AWS::StepFunctions::StateMachine', {
    TracingConfiguration: { Enabled: true },
  });
});

test('undelivered and repeatedly failed events are kept', () => {
  const invoked = Object.values(migration.findResources('AWS::Lambda::EventInvokeConfig'));
  expect(invoked).toHaveLength(4);
  for (const { Properties } of invoked) {
    expect(Properties.MaximumRetryAttempts).toBe(2);
    expect(JSON.stringify(Properties.DestinationConfig.OnFailure)).toContain('DeadLetters');
  }
  for (const { Properties } of Object.values(migration.findResources('AWS::Events::Rule')))
    for (const { DeadLetterConfig } of Properties.Targets)
      expect(JSON.stringify(DeadLetterConfig)).toContain('DeadLetters');
  for (const { Properties } of Object.values(migration.findResources('AWS::Lambda::EventSourceMapping'))) {
    const isGivenUp = Properties.MaximumRetryAttempts !== undefined;
    expect(Properties.DestinationConfig !== undefined).toBe(isGivenUp);
  }
});
