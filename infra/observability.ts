import { Aws, Duration } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { DIMENSION, NAMESPACE } from '../functions/aws/metrics.ts';
import type { Metric as Ours } from '../functions/migration/metrics-port.ts';
import type { Config } from '../functions/migration/settings/config.ts';
import type { ConstructInputs } from './construct-inputs.ts';

const MINUTE = Duration.minutes(1);
const MS = 1_000;
/** Minutes until the alarm fires; a deployment changes mappings for a minute or two. */
const NOT_READ_MINUTES = 5;

/** The alarms and the dashboard. Each alarm names its page in `docs/operations`. */
export class Observability extends Construct {
  readonly topic: Topic;
  private readonly deployment: string;

  constructor(
    scope: Construct,
    id: string,
    given: Pick<ConstructInputs, 'settings' | 'machines' | 'deadLetters'> & {
      readonly capture: IFunction;
      readonly alarms: Config['alarms'];
    },
  ) {
    super(scope, id);
    const { settings, machines, capture, deadLetters, alarms } = given;
    this.deployment = settings.prefix;
    this.topic = new Topic(this, 'Alarms', {
      displayName: `Tierferry (${settings.prefix})`,
      enforceSSL: true,
    });
    // a topic with its own policy loses the default one, which allows the account's alarms to publish
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        actions: ['sns:Publish'],
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    for (const address of alarms.email) this.topic.addSubscription(new EmailSubscription(address));
    // on the dashboard only, since it is not documented whether they count executions that an alias started
    const failedExecutions = [machines.migration, machines.rollback, machines.watchdog].flatMap((machine) => [
      machine.metricFailed({ period: MINUTE }),
      machine.metricTimedOut({ period: MINUTE }),
      machine.metricAborted({ period: MINUTE }),
    ]);
    const streamAge = capture.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: MINUTE });
    const queuedDeadLetters = deadLetters.metricApproximateNumberOfMessagesVisible({ period: MINUTE });
    this.alarm('FenceOverdue', this.ours('FenceOverdue'), 'fence-overdue');
    this.alarm('NotConverging', this.ours('NotConverging', Stats.MAXIMUM), 'not-converging');
    this.alarm('Stragglers', this.ours('Stragglers'), 'stragglers');
    this.alarm('ChecksumMismatches', this.ours('ChecksumMismatches'), 'checksum-mismatches');
    this.alarm('DamagedRecords', this.ours('DamagedRecords'), 'damaged-records');
    this.alarm('DeadLetters', queuedDeadLetters, 'dead-letters');
    const { captureBehindSeconds, captureBehindMinutes } = alarms;
    this.alarm('CaptureBehind', streamAge, 'capture-behind', captureBehindSeconds * MS, captureBehindMinutes);
    this.alarm('FailedExecutions', this.ours('FailedExecutions'), 'failed-executions');
    this.alarm(
      'StreamsNotRead',
      this.ours('StreamsNotRead', Stats.MAXIMUM),
      'streams-not-read',
      1,
      NOT_READ_MINUTES,
      {
        // neither a mapping that cannot read nor a dispatcher that does not run produces data
        treatMissingData: TreatMissingData.BREACHING,
      },
    );
    this.dashboard({ behind: streamAge, failed: failedExecutions });
  }

  private ours(metricName: Ours, statistic: string = Stats.SUM): Metric {
    return new Metric({
      namespace: NAMESPACE,
      metricName,
      dimensionsMap: { [DIMENSION]: this.deployment },
      statistic,
      period: MINUTE,
    });
  }

  /** Creates an alarm. @param page page of `docs/operations` that explains it */
  private alarm(
    name: string,
    metric: IMetric,
    page: string,
    threshold = 1,
    minutes = 1,
    { treatMissingData = TreatMissingData.NOT_BREACHING }: Pick<AlarmProps, 'treatMissingData'> = {},
  ): void {
    const alarm = new Alarm(this, name, {
      alarmName: `${this.deployment}-tierferry-${page}`,
      alarmDescription: `Meaning and next steps: docs/operations/${page}.md`,
      metric,
      threshold,
      evaluationPeriods: minutes,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
  }

  private dashboard({
    behind: streamAge,
    failed: failedExecutions,
  }: {
    behind: Metric;
    failed: readonly Metric[];
  }): void {
    const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
      new GraphWidget({ title, left, right, width: 12 });
    new Dashboard(this, 'Dashboard', {
      dashboardName: `${this.deployment}-tierferry`,
      defaultInterval: Duration.hours(12),
      widgets: [
        [
          graph('Migrations', [
            this.ours('QueueDepth', Stats.MAXIMUM),
            this.ours('RunningMigrations', Stats.MAXIMUM),
          ]),
          graph('Failed executions', [...failedExecutions]),
        ],
        [
          graph('Copy', [this.ours('CopiedItems')], [this.ours('CopiedBytes')]),
          graph(
            'Capacity of the copy',
            [this.ours('ReadUnits'), this.ours('WriteUnits')],
            [this.ours('Throttles')],
          ),
        ],
        [
          graph('Changes', [this.ours('Backlog', Stats.MAXIMUM)], [streamAge]),
          graph('Writes fenced, ms', [
            this.ours('FenceTime', Stats.MAXIMUM),
            this.ours('FenceTime', Stats.p(50)),
          ]),
        ],
        [
          graph('Should be zero', [
            this.ours('FenceOverdue'),
            this.ours('NotConverging', Stats.MAXIMUM),
            this.ours('ChecksumMismatches'),
            this.ours('Stragglers'),
            this.ours('DamagedRecords'),
            this.ours('StreamsNotRead', Stats.MAXIMUM),
            this.ours('FailedCountRequests'),
            this.ours('FailedExecutions'),
          ]),
        ],
      ],
    });
  }
}
