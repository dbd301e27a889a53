import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { BY_DAY, BY_STATUS, BY_TENANT } from '../../functions/aws/control-tables.ts';
import { parseConfig } from '../../functions/migration/settings/config.ts';
import { controlTables } from '../../functions/migration/settings/settings.ts';
import { deployment } from '../../infra/deployment.ts';
import {
  type Access,
  type Action,
  ALL_PERMISSIONS,
  NEVER_ON_ADOPTED,
  permissionsOf,
  type Tables,
} from '../../infra/step-permissions.ts';
import { type Grant, grantsByRole } from './policies.ts';
import { ACCOUNT, isAllowed, KEY, policyOf, REGION } from './simulate.ts';

/** A table whose name is not one of ours. */
const adoptedTables = [
  {
    tier: 'advanced',
    table: 'prod-districts',
    streamArn: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/prod-districts/stream/2026-01-01T00:00:00.000`,
  },
];
const console = { issuer: 'https://issuer.example', clientId: 'console' };
const grants = (() => {
  const context = {
    'aws:cdk:bundling-stacks': [],
    'aws:cdk:enable-path-metadata': true,
    '@aws-cdk/core:defaultCrossStackReferences': 'strong',
  };
  return grantsByRole(
    Template.fromStack(deployment(new App({ context }), parseConfig({ adoptedTables, console })).migration),
  );
})();
const handlers = Object.keys(ALL_PERMISSIONS);

/** Every action that a role of ours may take on some table, and actions that none may take. */
const ACTIONS = {
  r: ['GetItem', 'BatchGetItem', 'Query', 'Scan', 'ConditionCheckItem'],
  w: ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'PartiQLDelete'],
  d: [
    'DescribeTable',
    'DescribeTimeToLive',
    'DescribeContinuousBackups',
    'DescribeBackup',
    'ListBackups',
    'DescribeKinesisStreamingDestination',
    'GetResourcePolicy',
  ],
  a: [
    'CreateTable',
    'TagResource',
    'UpdateTable',
    'UpdateTimeToLive',
    'UpdateContinuousBackups',
    'CreateBackup',
  ],
  X: ['DeleteTable'],
  never: [
    'PartiQLSelect',
    'PartiQLUpdate',
    'PartiQLInsert',
    'RestoreTableToPointInTime',
    'PutResourcePolicy',
  ],
} as const satisfies Record<string, readonly string[]>;
const letterOf = new Map<string, string>(
  Object.entries(ACTIONS).flatMap(([letter, actions]) => actions.map((action) => [action, letter])),
);

const table = (name: string) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`;
const names = controlTables({ prefix: 'saas' });
const RESOURCES: Readonly<Record<string, { arn: string; permissions?: Tables }>> = {
  registry: { arn: table(names.registry), permissions: 'registry' },
  'its lists': { arn: `${table(names.registry)}/index/by-tier`, permissions: 'registryIndexes' },
  routes: { arn: table(names.routes), permissions: 'routes' },
  migrations: { arn: table(names.migrations), permissions: 'migrations' },
  'by-status': { arn: `${table(names.migrations)}/index/${BY_STATUS}`, permissions: 'migrationsByStatus' },
  'by-tenant': { arn: `${table(names.migrations)}/index/${BY_TENANT}`, permissions: 'migrationsByTenant' },
  'by-day': { arn: `${table(names.migrations)}/index/${BY_DAY}`, permissions: 'migrationsByDay' },
  journal: { arn: table(names.journal), permissions: 'journal' },
  'tier tables': { arn: table('saas-tenant-data-basic.2'), permissions: 'tierTables' },
  // the names of these tables end in a wildcard, which also matches an index
  'their indexes': { arn: `${table('saas-tenant-data-basic.2')}/index/by-school`, permissions: 'tierTables' },
  'their backups': {
    arn: `${table('saas-tenant-data-basic.2')}/backup/01234567890123-abcdefab`,
    permissions: 'tierTableBackups',
  },
  adopted: { arn: table('prod-districts'), permissions: 'tierTables' },
  'its indexes': { arn: `${table('prod-districts')}/index/by-school`, permissions: 'tierTableIndexes' },
  'like it': { arn: table('prod-districts-2') },
  "the application's": { arn: table('saas-billing') },
  "another's": { arn: table('other-tenant-data-basic') },
  any: { arn: '*', permissions: 'anyTable' },
};
/** The only actions that exist for an index. */
const ON_INDEX = ['Query', 'Scan'];
const ON_BACKUP = ['DescribeBackup'];
const ON_ANY = ['ListBackups'];
/** Actions that exist for a resource. */
const actionsOn = (arn: string): readonly string[] => {
  if (arn === '*') return ON_ANY;
  if (arn.includes('/index/')) return ON_INDEX;
  if (arn.includes('/backup/')) return ON_BACKUP;
  return [...letterOf.keys()].filter((action) => ![...ON_BACKUP, ...ON_ANY].includes(action));
};

const needed = (access: Access, tables: Tables | undefined, action: string): boolean =>
  tables !== undefined && (access[tables] ?? []).includes(action as Action);

const OWN = 'cedar-valley';
const tag = (tenantId: string) => ({ 'aws:RequestTag/tenantId': tenantId, 'aws:TagKeys': ['tenantId'] });
const isNotForAdopted = (action: string) => NEVER_ON_ADOPTED.some((never) => never === action);
const ofTenants: readonly (Tables | undefined)[] = ['tierTables', 'tierTableIndexes'];
const isOfItems = (action: string) => ['Query', 'BatchGetItem', 'BatchWriteItem'].includes(action);
/** The name that `simulate.ts` gives to a role of the stack. */
const roleArn = (id: string): string =>
  policyOf([...grants.values()].flat())
    .Statement.flatMap(({ Resource }) => Resource)
    .find((arn) => arn.includes(`TenantRoles${id}`)) ?? '?';

/** Simulates the actions that a role may take on each kind of table. */
const allowedTo = async (given: readonly Grant[]): Promise<Map<string, string[]>> => {
  const policy = policyOf(given);
  const found = new Map<string, string[]>();
  for (const [kind, { arn }] of Object.entries(RESOURCES)) {
    const asked = actionsOn(arn);
    const answers = await Promise.all(asked.map((action) => isAllowed(policy, `dynamodb:${action}`, arn)));
    found.set(
      kind,
      asked.filter((_, n) => answers[n]),
    );
  }
  return found;
};

const matrix = new Map<string, ReadonlyMap<string, readonly string[]>>();
for (const handler of handlers) matrix.set(handler, await allowedTo(grants.get(handler) ?? []));

describe('by simulation of the synthesised policies', () => {
  test('every role may take exactly the actions on each table that its handler needs, and the matrix is this', () => {
    for (const [handler, found] of matrix) {
      // items of tenants belong to no function's own role
      const { access } = permissionsOf(handler);
      for (const [kind, { arn, permissions }] of Object.entries(RESOURCES)) {
        const asked = actionsOn(arn);
        const wanted = asked.filter(
          (action) =>
            needed(access, permissions, action) &&
            !(ofTenants.includes(permissions) && isOfItems(action)) &&
            !(kind === 'adopted' && isNotForAdopted(action)),
        );
        expect([...(found.get(kind) ?? [])].sort(), `${handler} on ${kind}`).toEqual(wanted.sort());
      }
    }
    process.stdout.write(`${rendered().join('\n')}\n`);
  });

  test('items of a tenant are accessible in its name only: by a role that is assumed with its id', async () => {
    const found: Record<string, string[]> = { reader: [], writer: [], none: [] };
    for (const handler of handlers) {
      const policy = policyOf(grants.get(handler) ?? []);
      const takes = async (role: string) => {
        const arn = roleArn(role);
        const both = ['sts:AssumeRole', 'sts:TagSession'].map((action) =>
          isAllowed(policy, action, arn, tag(OWN)),
        );
        return (await Promise.all(both)).every(Boolean);
      };
      const taken = [(await takes('Reader')) ? 'reader' : [], (await takes('Writer')) ? 'writer' : []].flat();
      const { tierTables = [] } = permissionsOf(handler).access;
      const wanted = tierTables.includes('BatchWriteItem')
        ? ['writer']
        : tierTables.some(isOfItems)
          ? ['reader']
          : [];
      expect(taken, handler).toEqual(wanted);
      found[wanted[0] ?? 'none']?.push(handler);
    }
    expect(found.reader).toContain('CompareSegment');
    expect(found.writer).toContain('CopySegment');
    expect(found.none).toContain('CaptureChanges');
    // a rollback that an operator requests compares what was written since the flip
    expect(found.reader).toContain('SteerMigrations');
    const copies = policyOf(grants.get('CopySegment') ?? []);
    const admin = `arn:aws:iam::${ACCOUNT}:role/admin`;
    expect(await isAllowed(copies, 'sts:AssumeRole', admin, tag(OWN))).toBe(false);
  });

  test('the assumed role reaches its own tenant in the tier tables, and nothing else', async () => {
    const may = async (role: string, action: string, arn: string, keys: readonly string[] | undefined) =>
      isAllowed(policyOf(grants.get(role) ?? []), `dynamodb:${action}`, arn, {
        'aws:PrincipalTag/tenantId': OWN,
        ...(keys ? { 'dynamodb:LeadingKeys': [...keys] } : {}),
      });
    const tier = table('saas-tenant-data-basic.2');
    const allowed: string[] = [];
    for (const role of ['Reader', 'Writer'])
      for (const action of actionsOn(tier)) {
        for (const arn of [
          tier,
          table('prod-districts'),
          table('saas-tenant-registry'),
          table('saas-billing'),
        ])
          if (await may(role, action, arn, [OWN])) allowed.push(`${role} ${action} ${arn.split('/')[1]}`);
        for (const keys of [['pine-hill'], [OWN, 'pine-hill'], [`${OWN}-2`], undefined])
          expect(await may(role, action, tier, keys), `${role} ${action} ${keys}`).toBe(false);
      }
    expect(allowed.sort()).toEqual([
      'Reader BatchGetItem prod-districts',
      'Reader BatchGetItem saas-tenant-data-basic.2',
      'Reader Query prod-districts',
      'Reader Query saas-tenant-data-basic.2',
      'Writer BatchGetItem prod-districts',
      'Writer BatchGetItem saas-tenant-data-basic.2',
      'Writer BatchWriteItem prod-districts',
      'Writer BatchWriteItem saas-tenant-data-basic.2',
      'Writer Query prod-districts',
      'Writer Query saas-tenant-data-basic.2',
    ]);
  });

  test('a writer counts the items of its own tenant in an index, and under no value that another tenant may have', async () => {
    const allowed: string[] = [];
    const values = [
      [OWN],
      [`${OWN}#STUDENT`],
      [`${OWN}-2`],
      [`${OWN}-2#STUDENT`],
      ['STUDENT'],
      ['pine-hill'],
    ];
    for (const role of ['Reader', 'Writer'])
      for (const name of ['saas-tenant-data-basic.2', 'prod-districts'])
        for (const keys of [...values, [`${OWN}#STUDENT`, 'pine-hill'], undefined])
          for (const action of ON_INDEX) {
            const arn = `${table(name)}/index/by-school`;
            const context = {
              'aws:PrincipalTag/tenantId': OWN,
              ...(keys ? { 'dynamodb:LeadingKeys': keys } : {}),
            };
            const policy = policyOf(grants.get(role) ?? []);
            if (await isAllowed(policy, `dynamodb:${action}`, arn, context))
              allowed.push(`${role} ${action} ${name} ${keys}`);
          }
    expect(allowed.sort()).toEqual([
      // allowed by the wildcard
      'Reader Query saas-tenant-data-basic.2 cedar-valley',
      'Writer Query prod-districts cedar-valley',
      'Writer Query prod-districts cedar-valley#STUDENT',
      'Writer Query saas-tenant-data-basic.2 cedar-valley',
      'Writer Query saas-tenant-data-basic.2 cedar-valley#STUDENT',
    ]);
  });

  test('the function that serves the console requests and lists, and reaches no item of a tenant', async () => {
    const policy = policyOf(grants.get('ServeConsole') ?? []);
    const tier = table('saas-tenant-data-basic.2');
    const found = actionsOn(tier).filter((action) => !letterOf.get(action)?.match(/^d$/));
    for (const arn of [tier, `${tier}/index/by-school`, table('prod-districts'), table(names.journal)])
      for (const action of arn.includes('/index/') ? ON_INDEX : found)
        expect(await isAllowed(policy, `dynamodb:${action}`, arn), `${action} on ${arn}`).toBe(false);
    for (const role of ['Reader', 'Writer'])
      expect(await isAllowed(policy, 'sts:AssumeRole', roleArn(role), tag(OWN)), role).toBe(false);
  });

  test('the console starts the machines that its actions need', async () => {
    const starts = async (handler: string) => {
      const given = grants.get(handler) ?? [];
      const actions = given.filter(({ actions }) => actions.includes('states:StartExecution'));
      return actions.flatMap(({ resources }) =>
        resources.map((arn) => /(tiermigration|rollback)/.exec(arn)?.[0]),
      );
    };
    expect(await starts('ServeConsole')).toEqual(['tiermigration']);
    expect((await starts('SteerMigrations')).sort()).toEqual(['rollback', 'tiermigration']);
  });

  test('a tampered policy is found', async () => {
    const given = grants.get('CopySegment') ?? [];
    const found = matrix.get('CopySegment');
    const tampered: readonly (readonly Grant[])[] = [
      given.map((one) => ({
        ...one,
        resources: one.resources.map((arn) => arn.replace(/saas-tier-migrations$/, '*')),
      })),
      given.map((one) => ({
        ...one,
        actions: one.actions.map((action) => action.replace('UpdateItem', '*')),
      })),
      given.filter(({ actions }) => !actions.includes('dynamodb:UpdateItem')),
    ];
    for (const policy of tampered) expect(await allowedTo(policy)).not.toEqual(found);
  });

  test('streams are connected to our reader only, by steps that create or drop a table, or catch up', async () => {
    const functionArn = (name: string) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;
    const anyMapping = `arn:aws:lambda:${REGION}:${ACCOUNT}:event-source-mapping:11111111-2222-3333-4444-555555555555`;
    const found: string[] = [];
    for (const handler of handlers) {
      const policy = policyOf(grants.get(handler) ?? []);
      for (const verb of ['Create', 'Delete'])
        for (const name of ['saas-capture-changes', 'saas-count-schools', 'payroll']) {
          const resource = verb === 'Create' ? '*' : anyMapping;
          const context = { 'lambda:FunctionArn': functionArn(name) };
          if (await isAllowed(policy, `lambda:${verb}EventSourceMapping`, resource, context))
            found.push(`${handler} ${verb} ${name}`);
        }
    }
    expect(found.sort()).toEqual([
      'ArmSourceCapture Create saas-capture-changes',
      'CatchUp Create saas-capture-changes',
      'CatchUpReverse Create saas-capture-changes',
      'CheckTargetTable Create saas-capture-changes',
      'DropCreatedTable Delete saas-capture-changes',
      'DropSourceTable Delete saas-capture-changes',
    ]);
  });

  test('our key is used through DynamoDB and in no other way', async () => {
    const policy = policyOf(grants.get('OpenMigration') ?? []);
    const by = (service: string) => ({ 'kms:ViaService': `${service}.${REGION}.amazonaws.com` });
    const decrypts = (context: Record<string, string>) => isAllowed(policy, 'kms:Decrypt', KEY, context);
    expect(await decrypts(by('dynamodb'))).toBe(true);
    expect(await decrypts(by('s3'))).toBe(false);
    expect(await decrypts({})).toBe(false);
  });
});

/** r reads, w writes, d describes, a administers, X deletes the table. */
const rendered = (): string[] => {
  const kinds = Object.keys(RESOURCES);
  const cell = (actions: readonly string[]) =>
    [...new Set(actions.map((action) => letterOf.get(action) ?? '?'))].sort().join('') || '-';
  const row = (first: string, cells: readonly string[]) =>
    [first.padEnd(24), ...cells.map((text, n) => text.padEnd(Math.max(kinds[n]?.length ?? 0, 4)))]
      .join('  ')
      .trimEnd();
  return [
    '',
    row('role', kinds),
    ...[...matrix].map(([handler, found]) =>
      row(
        handler,
        kinds.map((kind) => cell(found.get(kind) ?? [])),
      ),
    ),
    'r reads  w writes  d describes  a administers  X deletes the table  - nothing',
  ];
};
