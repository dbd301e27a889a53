import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { parseConfig } from '../../functions/migration/settings/config.ts';
import { deployment } from '../../infra/deployment.ts';
import { grantsByRole } from './policies.ts';
import { ACCOUNT, isAllowed, policyOf, REGION } from './simulate.ts';

const { tableDesign } = parseConfig({}).settings;
const OWN = 'Acme: a/b@example.org';

/** Synthesises the stack with these keys, and returns what a role may do. */
const roles = (template: string | string[], indexes: object = {}) => {
  const keys = { partitionKey: 'PK', sortKey: 'SK', template, indexes };
  const context = { 'aws:cdk:bundling-stacks': [], 'aws:cdk:enable-path-metadata': true };
  const config = parseConfig({ tenantIds: 'session-tag', tableDesign: { ...tableDesign, keys } });
  const stacks = deployment(new App({ context }), config);
  const synthesised = Template.fromStack(stacks.migration);
  const grants = grantsByRole(synthesised);
  const arn = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/saas-tenant-data-basic`;
  const may = (role: string, action: string, values: readonly string[], resource = arn) =>
    isAllowed(policyOf(grants.get(role) ?? []), `dynamodb:${action}`, resource, {
      'aws:PrincipalTag/tenantId': OWN,
      'dynamodb:LeadingKeys': [...values],
    });
  const inIndex = (value: string) => may('Writer', 'Query', [value], `${arn}/index/by-school`);
  const tables = () => Template.fromStack(stacks.tierTables).findResources('AWS::DynamoDB::Table');
  return { may, inIndex, synthesised, tables };
};

/** Every action on items, with the role that may take it. */
const ACTIONS = [
  ['Reader', 'Query'],
  ['Reader', 'BatchGetItem'],
  ['Writer', 'Query'],
  ['Writer', 'BatchGetItem'],
  ['Writer', 'BatchWriteItem'],
] as const;

test('a role reaches every partition of its tenant, by the templates, and no other value', async () => {
  const { may } = roles(['TENANT#{tenant}#{0..15}', 'TENANT#{tenant}']);
  const own = [...Array.from({ length: 16 }, (_, n) => `TENANT#${OWN}#${n}`), `TENANT#${OWN}`];
  const others = [
    OWN,
    `${OWN}#1`,
    `TENANT#${OWN}#16`,
    `TENANT#${OWN}#01`,
    `TENANT#${OWN}#`,
    `TENANT#${OWN}2`,
    `TENANT#${OWN}2#1`,
    'TENANT#Acme#1',
    'TENANT#',
    'TENANT#*',
  ];
  for (const [role, action] of ACTIONS) {
    for (const value of own)
      expect(await may(role, action, [value]), `${role} ${action} ${value}`).toBe(true);
    expect(await may(role, action, own), `${role} ${action} on all at once`).toBe(true);
    for (const value of others)
      for (const values of [[value], [own[0] ?? '', value]])
        expect(await may(role, action, values), `${role} ${action} ${values}`).toBe(false);
  }
  expect(await may('Reader', 'BatchWriteItem', own.slice(0, 1))).toBe(false);
});

test('an index is counted under values behind the text of a template and the id', async () => {
  const { inIndex } = roles('TENANT#{tenant}', {
    'by-school': { partitionKey: 'GSI1PK', template: 'EMAIL#{tenant}#{rest}' },
  });
  const values = {
    own: [`TENANT#${OWN}`, `TENANT#${OWN}#STUDENT`, `EMAIL#${OWN}`, `EMAIL#${OWN}#a@example.org`],
    others: [OWN, `${OWN}#STUDENT`, `TENANT#${OWN}2`, `TENANT#${OWN}2#STUDENT`, `EMAIL#${OWN}x#a`, 'EMAIL#a'],
  };
  for (const value of values.own) expect(await inIndex(value), value).toBe(true);
  for (const value of values.others) expect(await inIndex(value), value).toBe(false);
});

test('a character of a template that has a meaning in policies stands for itself', () => {
  const text = JSON.stringify(roles('a*?$|{tenant}').synthesised.toJSON());
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy's own variables
  expect(text).toContain('a${*}${?}${$}|${aws:PrincipalTag/tenantId}');
});

test('tables have the keys of the settings', () => {
  const { tables } = roles('TENANT#{tenant}');
  const found = Object.values(tables());
  expect(found).toHaveLength(3);
  for (const { Properties } of found)
    expect(Properties.KeySchema).toEqual([
      { AttributeName: 'PK', KeyType: 'HASH' },
      { AttributeName: 'SK', KeyType: 'RANGE' },
    ]);
});
