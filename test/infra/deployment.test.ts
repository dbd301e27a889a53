import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { afterAll, describe, expect, test } from 'vitest';
import { controlTableDefinitions } from '../../functions/aws/control-tables.ts';
import { type ConfigInput, parseConfig } from '../../functions/migration/settings/config.ts';
import { controlTables, parseSettings } from '../../functions/migration/settings/settings.ts';
import { deployment } from '../../infra/deployment.ts';
import { OTHER_PERMISSIONS, STEP_PERMISSIONS } from '../../infra/step-permissions.ts';
import { definitionOf, MACHINES } from '../../state-machines/machines.ts';
import { actionsOf, type Grant, grantsByRole, wildcards } from './policies.ts';

const outdir = mkdtempSync(join(tmpdir(), 'tierferry-synth-'));
afterAll(() => rmSync(outdir, { recursive: true }));

const context = {
  'aws:cdk:bundling-stacks': [],
  'aws:cdk:enable-path-metadata': true,
  '@aws-cdk/core:defaultCrossStackReferences': 'strong',
};
const synthesise = (config: ConfigInput = {}, id = 'default') => {
  const app = new App({ context, outdir: join(outdir, id) });
  const { records, tierTables, migration } = deployment(app, parseConfig(config));
  return {
    records: Template.fromStack(records),
    tierTables: Template.fromStack(tierTables),
    migration: Template.fromStack(migration),
  };
};

const settings = parseSettings({});
const { records, tierTables, migration } = synthesise();
const states = Object.keys(STEP_PERMISSIONS);
/** All functions, including those that no state calls. */
const handlers = [...states, ...Object.keys(OTHER_PERMISSIONS)];

/** Returns the resources in the order of their creation, as long as exactly one follows. */
const creationOrder = (waitsFor: ReadonlyMap<string, readonly string[]>): string[] => {
  const chain: string[] = [];
  for (;;) {
    const before = chain.slice(-1);
    const next = [...waitsFor].filter(
      ([id, others]) => !chain.includes(id) && others.join() === before.join(),
    );
    if (next.length !== 1) return chain;
    chain.push(...next.map(([id]) => id));
  }
};

const mappingsOf = (handler: string) =>
  Object.values(migration.findResources('AWS::Lambda::EventSourceMapping'))
    .map(({ Properties }) => Properties)
    .filter(({ FunctionName }) => FunctionName.Ref.includes(handler));

describe('retained resources', () => {
  test('the four control tables are on demand, recoverable, encrypted by our key, protected, and outlive the stack', () => {
    const names = Object.values(controlTables(settings));
    records.resourceCountIs('AWS::DynamoDB::Table', names.length);
    const keys = Object.keys(records.findResources('AWS::KMS::Key'));
    expect(keys).toHaveLength(1);
    for (const TableName of names) {
      records.hasResource('AWS::DynamoDB::Table', {
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          SSESpecification: {
            SSEEnabled: true,
            SSEType: 'KMS',
            KMSMasterKeyId: { 'Fn::GetAtt': [keys[0], 'Arn'] },
          },
        },
      });
    }
  });

  test('their key is rotated and outlives the stack', () => {
    records.hasResource('AWS::KMS::Key', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { EnableKeyRotation: true },
    });
  });

  test('their keys and indexes are those that the adapters read', () => {
    for (const { table, indexes, ...keys } of Object.values(controlTableDefinitions(settings))) {
      records.hasResourceProperties('AWS::DynamoDB::Table', {
        TableName: table,
        KeySchema: keySchema(keys),
        GlobalSecondaryIndexes:
          indexes.length === 0
            ? Match.absent()
            : indexes.map((index) => ({
                IndexName: index.name,
                KeySchema: keySchema(index),
                Projection: { ProjectionType: 'ALL' },
              })),
      });
    }
  });

  test('every tier with shared tables has its first table, as the catalogue designs it', () => {
    const names = ['saas-tenant-data-basic', 'saas-tenant-data-advanced', 'saas-tenant-data-premium'];
    tierTables.resourceCountIs('AWS::DynamoDB::Table', names.length);
    for (const TableName of names) {
      tierTables.hasResource('AWS::DynamoDB::Table', {
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: keySchema({ partitionKey: 'tenantId', sortKey: 'entityKey' }),
          StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
          TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          GlobalSecondaryIndexes: settings.tableDesign.indexes.map(({ name, partitionKey, sortKey }) => ({
            IndexName: name,
            KeySchema: keySchema({
              partitionKey: partitionKey.name,
              ...(sortKey ? { sortKey: sortKey.name } : {}),
            }),
            Projection: { ProjectionType: 'ALL' },
          })),
        },
      });
    }
  });

  test("a deployment's own design is applied: prefix, tiers, key, protection", () => {
    const kmsKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555';
    const own = synthesise(
      {
        prefix: 'school',
        tiers: [
          { name: 'small', placement: 'shared', maxTenants: 10 },
          { name: 'own', placement: 'dedicated', maxTenants: 1 },
        ],
        tableDesign: {
          ...settings.tableDesign,
          kmsKeyArn,
          streamView: 'KEYS_ONLY',
          deletionProtection: true,
          tags: { 'cost-centre': 'records' },
        },
      },
      'own',
    );
    own.tierTables.resourceCountIs('AWS::DynamoDB::Table', 1);
    own.tierTables.hasResourceProperties('AWS::DynamoDB::Table', {
      TableName: 'school-tenant-data-small',
      DeletionProtectionEnabled: true,
      Tags: [{ Key: 'cost-centre', Value: 'records' }],
      StreamSpecification: { StreamViewType: 'KEYS_ONLY' },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: kmsKeyArn },
    });
    const grants = grantsByRole(own.migration);
    const writer = grants.get('Writer') ?? [];
    expect(actionsOf(writer, (resource) => resource === kmsKeyArn)).toEqual(
      expect.arrayContaining(['kms:Decrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom']),
    );
    expect(actionsOf(writer, (resource) => resource.includes('school-tenant-data-'))).toContain(
      'dynamodb:BatchWriteItem',
    );
    // [DynamoDB developer guide, Usage notes: the minimum permissions of a role that creates a table under a key]
    const creates = grants.get('CreateTargetTable') ?? [];
    expect(actionsOf(creates, (resource) => resource === kmsKeyArn).sort()).toEqual([
      'kms:CreateGrant',
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:GenerateDataKeyWithoutPlaintext',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
    ]);
  });

  test('tables with indexes are created one after the other', () => {
    const tables = Object.entries(tierTables.findResources('AWS::DynamoDB::Table'));
    const waitsFor = new Map(tables.map(([id, { DependsOn = [] }]) => [id, DependsOn]));
    expect(creationOrder(waitsFor)).toHaveLength(tables.length);
  });
});

describe('functions', () => {
  test('there is one for every handler, on Node 24 and arm64, with its own role', () => {
    migration.resourceCountIs('AWS::Lambda::Function', handlers.length);
    migration.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
    });
    const roles = Object.values(migration.findResources('AWS::Lambda::Function')).map((found) =>
      JSON.stringify(found.Properties.Role),
    );
    expect(new Set(roles).size).toBe(handlers.length);
  });

  test('all but capture share one log group, and may write to no other', () => {
    const groups = migration.findResources('AWS::Logs::LogGroup');
    // the log groups of the state machines
    expect(Object.keys(groups)).toHaveLength(2 + 3);
    const named = (name: string) =>
      Object.keys(groups).filter((id) =>
        JSON.stringify(groups[id]?.Properties.LogGroupName).includes(`/tierferry/saas/${name}-`),
      );
    const [shared = '?'] = named('functions');
    const [ofCapture = '?'] = named('capture');
    for (const found of Object.values(migration.findResources('AWS::Lambda::Function'))) {
      const log = found.Properties.Description === 'Tierferry: CaptureChanges' ? ofCapture : shared;
      expect(found.Properties.LoggingConfig, found.Properties.Description).toEqual({
        LogGroup: { Ref: log },
      });
    }
    const grants = grantsByRole(migration);
    for (const handler of handlers) {
      const written = (grants.get(handler) ?? [])
        .filter(({ actions }) => actions.includes('logs:PutLogEvents'))
        .flatMap(({ resources }) => resources);
      expect(written, handler).toEqual([`<${handler === 'CaptureChanges' ? ofCapture : shared}.Arn>`]);
    }
  });

  test('logs are kept for a year, and outlive the stack', () => {
    for (const { Properties, ...group } of Object.values(migration.findResources('AWS::Logs::LogGroup'))) {
      expect(Properties.RetentionInDays).toBe(365);
      expect(group).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
      expect(JSON.stringify(Properties.LogGroupName)).toContain('AWS::StackId');
    }
  });

  test('each ends before its state gives up, as the contract requires', () => {
    for (const [state, { seconds, memory }] of Object.entries(STEP_PERMISSIONS)) {
      migration.hasResourceProperties('AWS::Lambda::Function', {
        Description: `Tierferry: ${state}`,
        Timeout: seconds,
        MemorySize: memory,
      });
    }
  });

  test('each gets the settings, which fit in its environment', () => {
    for (const found of Object.values(migration.findResources('AWS::Lambda::Function'))) {
      const { TIERFERRY_SETTINGS: text } = found.Properties.Environment.Variables;
      expect(parseSettings(JSON.parse(text))).toEqual(settings);
    }
    const indexes = Array.from({ length: 20 }, (_, n) => ({
      name: `index-${n}-${'x'.repeat(150)}`,
      partitionKey: { name: 'tenantSchool', type: 'S' as const },
    }));
    expect(() => synthesise({ tableDesign: { ...settings.tableDesign, indexes } }, 'too-long')).toThrow(
      /settings are too large: \d+ bytes/,
    );
  });
});

describe('capture', () => {
  test("every tier table's stream goes to the handler in order, from its beginning, and no record is given up", () => {
    const mappings = mappingsOf('CaptureChanges');
    expect(mappings).toHaveLength(3);
    for (const mapping of mappings) {
      expect(mapping).toMatchObject({
        StartingPosition: 'TRIM_HORIZON',
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ParallelizationFactor: 1,
      });
      for (const limit of ['MaximumRetryAttempts', 'MaximumRecordAgeInSeconds', 'FilterCriteria'])
        expect(mapping).not.toHaveProperty(limit);
    }
  });

  test("the handler may read routes and migrations, write the journal and read the streams, but may access no tenant's item", () => {
    const given = grantsByRole(migration).get('CaptureChanges') ?? [];
    expect(actionsOf(given, (resource) => /table\/[^/]*$/.test(resource)).sort()).toEqual([
      'dynamodb:BatchGetItem',
      'dynamodb:BatchWriteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      // a gap in the journal
      'dynamodb:UpdateItem',
    ]);
    expect(actionsOf(given, (resource) => resource.includes('/stream/')).sort()).toEqual([
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
    ]);
  });

  test('a table that a migration creates is connected to the same functions, by steps that may do nothing else to them', () => {
    const grants = grantsByRole(migration);
    const connects = [...grants].filter(([, given]) =>
      given.some(({ actions }) => actions.some((action) => action.endsWith('EventSourceMapping'))),
    );
    expect(connects.map(([state]) => state).sort()).toEqual([
      // the dispatcher sets the windows of tables at rest
      'AdmitQueued',
      'ArmSourceCapture',
      // a stream that replaced another is not read by any function yet
      'CatchUp',
      'CatchUpReverse',
      'CheckTargetTable',
      'DropCreatedTable',
      'DropSourceTable',
    ]);
    for (const [state, given] of connects) {
      const [changes] = given.filter(({ actions }) =>
        actions.some((one) => one.endsWith('EventSourceMapping')),
      );
      const connecting = state === 'AdmitQueued' ? ['Update'] : ['Create', 'Update'];
      const verbs = state.startsWith('Drop') ? ['Delete'] : connecting;
      expect(changes?.actions).toEqual(verbs.map((verb) => `lambda:${verb}EventSourceMapping`));
      const functions = JSON.stringify(changes?.conditions).matchAll(/:function:(saas-[a-z-]+)/g);
      expect(JSON.stringify(changes?.conditions)).toContain('ArnEquals');
      expect([...functions].map(([, name]) => name)).toEqual(['saas-capture-changes']);
    }
    migration.hasResourceProperties('AWS::Lambda::Function', { FunctionName: 'saas-capture-changes' });
  });

  test('the steps that rely on the journal may check the readers of the streams', () => {
    const readers = [...grantsByRole(migration)].filter(([, given]) =>
      given.some(({ actions }) => actions.includes('lambda:ListEventSourceMappings')),
    );
    const states = readers.map(([state]) => state);
    expect(states.filter((state) => !state.startsWith('Drop')).sort()).toEqual([
      // the dispatcher counts mappings that do not read
      'AdmitQueued',
      'ApplyJournal',
      'ArmSourceCapture',
      'ArmTargetCapture',
      'CatchUp',
      'CatchUpReverse',
      'CheckHold',
      'CheckTargetTable',
      'CutOver',
      'CutOverReverse',
    ]);
    for (const [state, given] of readers) {
      const described = actionsOf(given, (resource) => resource.endsWith(TIER_TABLES));
      expect(described, state).toContain('dynamodb:DescribeTable');
    }
  });
});

describe('starting migrations', () => {
  test('capture may call the counter, and no other function; what the counter fails to do is retried, then kept', () => {
    const given = grantsByRole(migration).get('CaptureChanges') ?? [];
    const calls = given.filter(({ actions }) => actions.some((one) => one.startsWith('lambda:')));
    expect(calls.map(({ actions }) => actions)).toEqual([['lambda:InvokeFunction']]);
    expect(JSON.stringify(calls[0]?.resources)).toContain('CountSchools');
    expect(calls[0]?.resources).toHaveLength(1);
    migration.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Tierferry: CaptureChanges',
      Environment: { Variables: Match.objectLike({ TIERFERRY_SCHOOL_COUNTER: Match.anyValue() }) },
    });
    const counters = Object.values(migration.findResources('AWS::Lambda::EventInvokeConfig')).filter(
      ({ Properties }) => JSON.stringify(Properties.FunctionName).includes('CountSchools'),
    );
    expect(counters).toMatchObject([
      {
        Properties: {
          MaximumRetryAttempts: 2,
          DestinationConfig: { OnFailure: { Destination: expect.anything() } },
        },
      },
    ]);
  });

  test('the streams of the tier tables have one reader, and leave the other to the application', () => {
    const readers = Object.values(migration.findResources('AWS::Lambda::EventSourceMapping')).map(
      ({ Properties }) => JSON.stringify(Properties.EventSourceArn),
    );
    expect(new Set(readers).size).toBe(readers.length);
    expect(mappingsOf('CountSchools')).toEqual([]);
    expect(mappingsOf('CaptureChanges')).toHaveLength(3);
  });

  test('the dispatcher is called each minute, and when an execution of a migration has ended', () => {
    migration.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 minute)' });
    migration.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.states'],
        detail: { status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] },
      },
    });
    const targets = Object.values(migration.findResources('AWS::Events::Rule')).flatMap(
      ({ Properties }) => Properties.Targets,
    );
    const called = targets.map(
      ({ Arn }) => /AdmitQueued|SweepTenants|RequestMove/.exec(Arn['Fn::GetAtt'][0])?.[0],
    );
    expect(called.sort()).toEqual([
      'AdmitQueued',
      'AdmitQueued',
      'AdmitQueued',
      'RequestMove',
      'SweepTenants',
    ]);
    migration.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(5 minutes)' });
  });

  test('failed executions of all machines are counted: the dispatcher gets each of their ends', () => {
    const patterns = Object.values(migration.findResources('AWS::Events::Rule')).flatMap(
      ({ Properties: { EventPattern } }) =>
        EventPattern?.source?.includes('aws.states') ? [EventPattern] : [],
    );
    const machines = patterns.flatMap(({ detail }) =>
      detail.stateMachineArn.map((arn: unknown) => JSON.stringify(arn)),
    );
    for (const name of ['tiermigration', 'rollback', 'fencewatchdog'])
      expect(machines.filter((arn) => arn.includes(name))).toHaveLength(1);
    for (const { detail } of patterns)
      expect(detail.status).toEqual(expect.arrayContaining(['FAILED', 'TIMED_OUT', 'ABORTED']));
    migration.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Tierferry: AdmitQueued',
      Environment: { Variables: Match.objectLike({ TIERFERRY_STREAMS: 'mapped' }) },
    });
  });

  test('an event of an application requests a migration, and one that could not be handled is kept', () => {
    migration.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { 'detail-type': ['Tierferry Move Request'] },
      Targets: [Match.objectLike({ DeadLetterConfig: { Arn: Match.anyValue() } })],
    });
  });

  test('every record of a change is published on the bus, and no other change of the table is', () => {
    const [mapping, ...others] = mappingsOf('PublishEvents');
    expect(others).toEqual([]);
    expect(mapping).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: { OnFailure: { Destination: expect.anything() } },
    });
    expect(
      mapping?.FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) => JSON.parse(Pattern)),
    ).toEqual([{ eventName: ['INSERT'], dynamodb: { Keys: { part: { S: [{ prefix: 'EVENT#' }] } } } }]);
    const given = grantsByRole(migration).get('PublishEvents') ?? [];
    expect(actionsOf(given, (resource) => resource.includes('event-bus'))).toEqual(['events:PutEvents']);
  });

  test('functions that start migrations may start executions and check whether they run, and stop none', () => {
    const grants = grantsByRole(migration);
    for (const name of ['AdmitQueued', 'CountSchools', 'SweepTenants', 'RequestMove']) {
      const given = grants.get(name) ?? [];
      expect(new Set(actionsOf(given, () => true).filter((action) => action.startsWith('states:')))).toEqual(
        new Set(['states:StartExecution', 'states:DescribeExecution']),
      );
      const [started] = given.filter(({ actions }) => actions.includes('states:StartExecution'));
      expect(started?.resources).toHaveLength(1);
    }
  });
});

describe('state machines', () => {
  test('all are Standard, with fixed names, and have an ARN for every placeholder in the ASL', () => {
    migration.resourceCountIs('AWS::StepFunctions::StateMachine', 3);
    for (const name of ['saas-tier-migration', 'saas-rollback', 'saas-fence-watchdog']) {
      migration.hasResourceProperties('AWS::StepFunctions::StateMachine', { StateMachineName: name });
    }
    const machines = Object.values(migration.findResources('AWS::StepFunctions::StateMachine'));
    const substituted = machines.flatMap((found) => Object.keys(found.Properties.DefinitionSubstitutions));
    const ours = substituted.filter((name) => name !== 'Partition');
    expect(ours.sort()).toEqual(
      [...states, 'RollbackStateMachine', 'FenceWatchdogStateMachine', 'FenceWatchdogStateMachine'].sort(),
    );
    for (const found of machines)
      expect(found.Properties.DefinitionSubstitutions.Partition).toEqual({ Ref: 'AWS::Partition' });
    for (const found of machines) expect(found.Properties.StateMachineType ?? 'STANDARD').toBe('STANDARD');
  });

  test('their logs use a name that all services may write to and no other stack takes', () => {
    const groups = migration.findResources('AWS::Logs::LogGroup');
    const names = Object.values(migration.findResources('AWS::StepFunctions::StateMachine')).map((found) => {
      const [destination] = found.Properties.LoggingConfiguration.Destinations;
      const [id] = destination.CloudWatchLogsLogGroup.LogGroupArn['Fn::GetAtt'];
      expect(groups[id]?.DeletionPolicy).toBe('RetainExceptOnCreate');
      return JSON.stringify(groups[id]?.Properties.LogGroupName);
    });
    for (const machine of ['saas-tier-migration', 'saas-rollback', 'saas-fence-watchdog']) {
      const name = names.find((one) => one.includes(`/aws/vendedlogs/states/${machine}-`));
      expect(name).toContain('AWS::StackId');
    }
  });

  test('what is deployed is what `npm run print:asl` prints', () => {
    for (const machine of Object.values(migration.findResources('AWS::StepFunctions::StateMachine'))) {
      const { StateMachineName, DefinitionS3Location } = machine.Properties;
      const deployed = readFileSync(join(outdir, 'default', `asset.${DefinitionS3Location.Key}`), 'utf8');
      const name = MACHINES.find((one) => StateMachineName === `saas-${one}`);
      expect(deployed === (name && definitionOf(name)), StateMachineName).toBe(true);
    }
  });

  test('each state has the function of its name', () => {
    const functions = migration.findResources('AWS::Lambda::Function');
    const versions = migration.findResources('AWS::Lambda::Version');
    for (const machine of Object.values(migration.findResources('AWS::StepFunctions::StateMachine'))) {
      for (const [state, arn] of Object.entries<{ Ref: string }>(
        machine.Properties.DefinitionSubstitutions,
      )) {
        if (state.endsWith('StateMachine') || state === 'Partition') continue;
        const { FunctionName } = versions[arn.Ref]?.Properties ?? {};
        expect(functions[FunctionName.Ref]?.Properties.Description).toBe(`Tierferry: ${state}`);
      }
    }
  });
});

describe('safety of updates', () => {
  test('two deployments in one account do not update each other', () => {
    const namesOf = (prefix: string) => {
      const { records, tierTables, migration } = deployment(new App({ context }), parseConfig({ prefix }));
      return [records, tierTables, migration].map(({ stackName }) => stackName);
    };
    expect(namesOf('saas')).toContain('Tierferry-saas-Migration');
    expect(namesOf('my_school').filter((name) => namesOf('saas').includes(name))).toEqual([]);
  });

  test('an execution keeps the versions of the functions and machines that it started with', () => {
    for (const type of ['AWS::Lambda::Version', 'AWS::StepFunctions::StateMachineVersion'])
      for (const version of Object.values(migration.findResources(type)))
        expect(version).toMatchObject({
          DeletionPolicy: 'RetainExceptOnCreate',
          UpdateReplacePolicy: 'Retain',
        });
    migration.resourceCountIs('AWS::Lambda::Version', handlers.length);
    migration.resourceCountIs('AWS::StepFunctions::StateMachineVersion', 3);
    const machines = migration.findResources('AWS::StepFunctions::StateMachine');
    const machineVersions = migration.findResources('AWS::StepFunctions::StateMachineVersion');
    for (const machine of Object.values(machines))
      for (const [place, callee] of Object.entries<Record<string, string[]>>(
        machine.Properties.DefinitionSubstitutions,
      )) {
        if (!place.endsWith('StateMachine')) continue;
        expect(Object.keys(machineVersions), place).toContain(callee['Fn::GetAtt']?.[0]);
      }
  });

  test('the command line and the functions that start migrations start the live release', () => {
    const aliases = migration.findResources('AWS::StepFunctions::StateMachineAlias');
    const live = (machine: string) =>
      Object.keys(aliases).find((id) => id.includes(machine.replaceAll('-', ''))) ?? '?';
    for (const alias of Object.values(aliases)) expect(alias.Properties.Name).toBe('live');
    for (const [output, machine] of [
      ['StateMachineArn', 'tier-migration'],
      ['RollbackStateMachineArn', 'rollback'],
    ] as const) {
      const [found] = Object.entries(migration.findOutputs('*')).filter(([id]) =>
        id.includes(`Tierferry${output}`),
      );
      expect(found?.[1].Value).toEqual({ 'Fn::GetAtt': [live(machine), 'Arn'] });
    }
    for (const name of ['AdmitQueued', 'CountSchools', 'SweepTenants', 'RequestMove'])
      migration.hasResourceProperties('AWS::Lambda::Function', {
        Description: `Tierferry: ${name}`,
        Environment: {
          Variables: Match.objectLike({
            TIERFERRY_STATE_MACHINE_ARN: { 'Fn::GetAtt': [live('tier-migration'), 'Arn'] },
            TIERFERRY_ROLLBACK_STATE_MACHINE_ARN: { 'Fn::GetAtt': [live('rollback'), 'Arn'] },
          }),
        },
      });
  });

  test('a second synthesis is the same to the byte, and a new setting makes new versions', () => {
    const again = synthesise({}, 'again');
    expect(again.records.toJSON()).toEqual(records.toJSON());
    expect(again.tierTables.toJSON()).toEqual(tierTables.toJSON());
    expect(again.migration.toJSON()).toEqual(migration.toJSON());
    const changed = synthesise({ sliceMs: 30_000 }, 'changed').migration;
    const ids = (template: Template) => Object.keys(template.findResources('AWS::Lambda::Version'));
    expect(ids(changed).filter((id) => ids(migration).includes(id))).toEqual([]);
  });
});

describe('concurrency', () => {
  const reserved = (template: Template) =>
    Object.values(template.findResources('AWS::Lambda::Function'))
      .filter(({ Properties }) => Properties.ReservedConcurrentExecutions !== undefined)
      .map(({ Properties }) => `${Properties.Description} ${Properties.ReservedConcurrentExecutions}`)
      .sort();

  test('is reserved for functions that many events call at the same time, and for no step of a migration', () => {
    expect(reserved(migration)).toEqual([
      'Tierferry: AdmitQueued 2',
      'Tierferry: CountSchools 10',
      'Tierferry: RequestMove 10',
      'Tierferry: SweepTenants 1',
    ]);
  });

  test('can be left unreserved in a small account', () => {
    expect(reserved(synthesise({ reservedConcurrency: false }, 'small').migration)).toEqual([]);
  });
});

describe('adopted tables', () => {
  const streamArn =
    'arn:aws:dynamodb:eu-west-1:111122223333:table/prod-districts/stream/2026-01-01T00:00:00.000';
  const adoptedTables = [{ tier: 'basic', table: 'prod-districts', streamArn }];

  test('get a reader on their streams, and leave the rest of the deployment as it is', () => {
    const adopted = synthesise({ adoptedTables }, 'adopted');
    const created = Object.values(adopted.tierTables.findResources('AWS::DynamoDB::Table'));
    expect(created).toEqual(Object.values(tierTables.findResources('AWS::DynamoDB::Table')));
    const read = Object.values(adopted.migration.findResources('AWS::Lambda::EventSourceMapping')).filter(
      ({ Properties }) => Properties.EventSourceArn === streamArn,
    );
    expect(read).toHaveLength(1);
    const grants = grantsByRole(adopted.migration);
    for (const [role, action] of [
      ['Writer', 'dynamodb:BatchWriteItem'],
      ['PlanMigration', 'dynamodb:DescribeTable'],
      ['CaptureChanges', 'dynamodb:GetRecords'],
    ] as const)
      expect(
        actionsOf(grants.get(role) ?? [], (resource) => resource.includes('table/prod-districts')),
      ).toContain(action);
  });

  test.each([
    {
      reason: 'an unknown tier',
      adopts: { tier: 'gold' },
      says: /adoptedTables.*'gold' is not in the catalogue/s,
    },
    { reason: "another table's stream", adopts: { table: 'other' }, says: /is not a stream of table other/ },
    {
      reason: 'no stream',
      adopts: { streamArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/x' },
      says: /ARN of a DynamoDB stream/,
    },
  ])('$reason is refused', ({ adopts, says }) => {
    expect(() => parseConfig({ adoptedTables: [{ ...adoptedTables[0], ...adopts }] })).toThrow(says);
  });

  test('an unknown field is refused, and so is a duplicate table', () => {
    expect(() => parseConfig({ prefx: 'school' })).toThrow(/prefx/);
    expect(() => parseConfig({ adoptedTables: [...adoptedTables, ...adoptedTables] })).toThrow(
      /listed twice/,
    );
  });
});

describe('least privilege', () => {
  const grants = grantsByRole(migration);

  test('only the rollback and the clean-up may delete a table, and no role may scan tenants beyond a check for emptiness', () => {
    const who = (action: string) =>
      states.filter((state) => (grants.get(state) ?? []).some(({ actions }) => actions.includes(action)));
    expect(who('dynamodb:DeleteTable').sort()).toEqual(['DropCreatedTable', 'DropSourceTable']);
    const writesTenants = states.filter((state) =>
      actionsOf(grants.get(state) ?? [], (resource) => resource.includes('TenantRolesWriter')).includes(
        'sts:AssumeRole',
      ),
    );
    expect(writesTenants.sort()).toEqual([
      'ApplyJournal',
      // a sentinel
      'ArmSourceCapture',
      'ArmTargetCapture',
      'CatchUp',
      'CatchUpReverse',
      // proofs of capture
      'CheckHold',
      'CheckIndexes',
      // sentinels that were left
      'ClaimTargetPartition',
      'CleanUpSegment',
      'ConcludeKeptSource',
      'CopySegment',
      'CutOver',
      'CutOverReverse',
      'DiscardTarget',
    ]);
    const scansTenants = states.filter((state) =>
      actionsOf(grants.get(state) ?? [], (resource) => resource.endsWith(TIER_TABLES)).includes(
        'dynamodb:Scan',
      ),
    );
    expect(scansTenants).toEqual(['DropCreatedTable']);
  });

  test('keys are used through DynamoDB only', () => {
    const uses = [...grants.values()]
      .flat()
      .filter(({ actions }) => actions.some((one) => one.startsWith('kms:')));
    expect(uses.length).toBeGreaterThan(0);
    for (const { conditions } of uses) expect(JSON.stringify(conditions)).toContain('kms:ViaService');
  });

  test('a resource has a wildcard for a reason that is written here', () => {
    const reasons: Readonly<Record<string, string>> = {
      'table/saas-tenant-data-*': 'the next shared tables and the dedicated ones are created at run time',
      'execution:saas-tier-migration:*': 'executions have the names of migrations',
      'execution:saas-tier-migration/*': "a Map's children have names that Step Functions gives them",
      'execution:saas-rollback/*': 'so have those of the rollback',
      'table/saas-tenant-data-*/stream/*': 'so do their streams',
      'table/saas-tenant-data-*/index/*': 'and their indexes, for keys of one tenant',
      'table/saas-tenant-data-*/backup/*': 'a final backup gets its name from DynamoDB',
      '<function>:*': 'executions under way call versions of an earlier deployment',
      '*': 'actions that name no resource, or are held by a condition: see below',
      'execution:saas-rollback:*': 'the rollback is started without a name',
    };
    const found = [...grants.values()]
      .flat()
      .flatMap(wildcards)
      .map((resource) => resource.replace(/<Tierferry\w+Function\w+\.Arn>/, '<function>'));
    expect([...new Set(found)].sort()).toEqual(Object.keys(reasons).sort());
    const anything = [...grants.values()].flat().filter(({ resources }) => resources.includes('*'));
    const withoutCondition = anything.filter(({ conditions }) => conditions === undefined);
    expect(new Set(withoutCondition.flatMap(({ actions }) => actions))).toEqual(
      // [Service Authorization Reference: none of them takes a resource]
      new Set([
        'dynamodb:ListStreams',
        'dynamodb:ListBackups',
        'lambda:ListEventSourceMappings',
        'application-autoscaling:DescribeScalableTargets',
        'application-autoscaling:DescribeScalingPolicies',
        ...TRACES,
        ...LOGS,
      ]),
    );
    const held = anything.filter(({ conditions }) => conditions !== undefined);
    expect(new Set(held.flatMap(({ actions }) => actions))).toEqual(
      new Set(['Create', 'Update', 'Delete'].map((verb) => `lambda:${verb}EventSourceMapping`)),
    );
    const planted: Grant = { actions: ['s3:*'], resources: ['*'], conditions: {} };
    expect(wildcards(planted)).toEqual(['*']);
  });

  test('no action is a wildcard', () => {
    const found = [...grants.values()]
      .flat()
      .flatMap(({ actions }) => actions.filter((one) => one.includes('*')));
    expect(found).toEqual([]);
  });

  test('no role has a policy that AWS manages', () => {
    for (const role of Object.values(migration.findResources('AWS::IAM::Role'))) {
      expect(role.Properties.ManagedPolicyArns).toBeUndefined();
    }
  });

  test('the migration and the rollback may run their Maps and start the watchdog, which starts nothing; the migration may wait for the rollback', () => {
    const machine = grants.get('tier-migration') ?? [];
    for (const name of ['tier-migration', 'rollback']) {
      const grant = grants.get(name) ?? [];
      expect(actionsOf(grant, (resource) => resource.endsWith(`:stateMachine:saas-${name}`))).toEqual([
        'states:StartExecution',
      ]);
      expect(actionsOf(grant, (resource) => resource.endsWith(`:execution:saas-${name}:*`)).sort()).toEqual([
        'states:DescribeExecution',
        'states:RedriveExecution',
        'states:StopExecution',
      ]);
    }
    expect(
      actionsOf(machine, (resource) =>
        resource.endsWith('rule/StepFunctionsGetEventsForStepFunctionsExecutionRule'),
      ).sort(),
    ).toEqual(['events:DescribeRule', 'events:PutRule', 'events:PutTargets']);
    const mayDo = (machine: string) =>
      actionsOf(grants.get(machine) ?? [], () => true).filter(
        (action) => ![...TRACES, ...LOGS].includes(action),
      );
    expect([...new Set(mayDo('rollback'))].sort()).toEqual([
      'lambda:InvokeFunction',
      'states:DescribeExecution',
      'states:RedriveExecution',
      'states:StartExecution',
      'states:StopExecution',
    ]);
    expect(mayDo('fence-watchdog')).toEqual(['lambda:InvokeFunction']);
  });

  test('a machine may call the functions of its own states only', () => {
    const functionsOf = (machine: string) =>
      (grants.get(machine) ?? [])
        .filter(({ actions }) => actions.includes('lambda:InvokeFunction'))
        .flatMap(({ resources }) => resources);
    const all = ['tier-migration', 'rollback', 'fence-watchdog'].flatMap(functionsOf);
    expect(new Set(all).size).toBe(states.length);
    expect(all).toHaveLength(states.length);
  });
});

const TIER_TABLES = ':table/saas-tenant-data-*';
/** [Step Functions developer guide, X-Ray: IAM policies] */
const TRACES = [
  'xray:PutTraceSegments',
  'xray:PutTelemetryRecords',
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
];
/** [Step Functions developer guide, Logging to CloudWatch Logs: IAM policies] */
const LOGS = [
  'logs:CreateLogDelivery',
  'logs:GetLogDelivery',
  'logs:UpdateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:DescribeResourcePolicies',
  'logs:DescribeLogGroups',
];
function keySchema({ partitionKey, sortKey }: { partitionKey: string; sortKey?: string }) {
  return [
    { AttributeName: partitionKey, KeyType: 'HASH' },
    ...(sortKey === undefined ? [] : [{ AttributeName: sortKey, KeyType: 'RANGE' }]),
  ];
}
