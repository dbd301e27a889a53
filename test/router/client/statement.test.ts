import { describe, expect, test } from 'vitest';
import { parseStatement } from '../../../functions/router/client/statement.ts';

const tenantOf = (text: string, parameters: readonly unknown[] = []) =>
  parseStatement(text)?.requiredValue('tenantId', parameters);

describe('a statement', () => {
  test.each([
    [`SELECT * FROM "school-data" WHERE tenantId = 'a'`, 'read', 'school-data', undefined],
    [`select "from", name from schools where "tenantId"='a'`, 'read', 'schools', undefined],
    [`SELECT name FROM "school-data"."byEmail" WHERE email = ?`, 'read', 'school-data', 'byEmail'],
    [`INSERT INTO "school-data" VALUE {'tenantId': 'a'}`, 'write', 'school-data', undefined],
    [`UPDATE "school-data" SET x = 1 WHERE tenantId = 'a'`, 'write', 'school-data', undefined],
    [`DELETE FROM "school-data" WHERE tenantId = 'a'`, 'write', 'school-data', undefined],
    [`EXISTS(SELECT * FROM "school-data" WHERE tenantId = 'a')`, 'write', 'school-data', undefined],
  ])('%s', (text, access, table, index) => {
    expect(parseStatement(text)).toMatchObject({ access, table, index });
  });

  test.each([
    [`SELECT * FROM t WHERE tenantId = 'a' AND begins_with(entityKey, 'S')`, [], 'a'],
    [`SELECT * FROM t WHERE entityKey BETWEEN ? AND ? AND tenantId = ?`, ['x', 'y', { S: 'b' }], { S: 'b' }],
    [`SELECT * FROM t WHERE tenantId = 'it''s' ORDER BY entityKey DESC`, [], "it's"],
    [`SELECT * FROM t WHERE tenantId = ? AND (a = 1 OR b = 2)`, ['a'], 'a'],
    [`EXISTS(SELECT * FROM t WHERE tenantId = 'a')`, [], 'a'],
    [
      `UPDATE t SET name = ? SET n = n + 1 WHERE tenantId = ? AND entityKey = ? RETURNING ALL NEW *`,
      [1, 'a', 2],
      'a',
    ],
    [`DELETE FROM t WHERE /* tenantId = 'x' */ tenantId = 'a' -- tenantId = 'y'`, [], 'a'],
    [`INSERT INTO t VALUE {'entityKey': ?, 'nested': {'tenantId': 'x'}, 'tenantId': ?}`, [1, 'a'], 'a'],
  ])('%s names its tenant', (text, parameters, tenant) => {
    expect(tenantOf(text, parameters)).toEqual(tenant);
  });

  test.each([
    'SELECT * FROM t',
    "SELECT * FROM t WHERE tenantId = 'a' OR tenantId = 'b'",
    "SELECT * FROM t WHERE NOT tenantId = 'a'",
    "SELECT * FROM t WHERE (tenantId = 'a')",
    "SELECT * FROM t WHERE tenantId IN ['a', 'b']",
    "SELECT * FROM t WHERE tenantId = 'a' || 'b'",
    "SELECT * FROM t WHERE tenantId <> 'a'",
    "SELECT * FROM t WHERE x.tenantId = 'a'",
    "SELECT * FROM t WHERE name = 'tenantId = ''a'''",
    "UPDATE t SET tenantId = 'a' WHERE entityKey = 'x'",
    "INSERT INTO t VALUE {'nested': {'tenantId': 'x'}}",
  ])('%s names none', (text) => {
    expect(tenantOf(text)).toBeUndefined();
  });

  test.each(['', 'DROP TABLE t', 'SELECT *', "SELECT * FROM 'a'", 'SELECT * FROM a, (SELECT * FROM b)'])(
    '%j has no known form',
    (text) => {
      expect(parseStatement(text)).toBeUndefined();
    },
  );

  test('keeps everything but the table', () => {
    const text = `SELECT "t" FROM t."byName" WHERE name = 't' -- t`;
    expect(parseStatement(text)?.withTable('saas-tenant-data-basic.2')).toBe(
      `SELECT "t" FROM "saas-tenant-data-basic.2"."byName" WHERE name = 't' -- t`,
    );
  });
});
