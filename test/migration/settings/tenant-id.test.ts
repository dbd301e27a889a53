import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TABLE_NAME_CHARACTERS } from '../../../functions/migration/limits.ts';
import type { TierName } from '../../../functions/migration/names.ts';
import {
  dedicatedTableName,
  parseSettings,
  sharedTableName,
} from '../../../functions/migration/settings/settings.ts';
import {
  anyTenantIdSchema,
  fitsTableName,
  tenantIdSchema,
  tenantIdSchemaOf,
} from '../../../functions/migration/settings/tenant-id.ts';

const settings = parseSettings({});
const enterprise = 'enterprise' as TierName;
const nameOf = (id: string, n?: number) => dedicatedTableName(settings, enterprise, id, n);
/** Characters of a session tag. */
const ids = fc
  .array(fc.constantFrom('a', 'Z', '2', 'x', '.', ':', '/', '@', '=', '+', '-', '_', ' ', 'ü', '校', '𝒳'), {
    minLength: 1,
    maxLength: 8,
  })
  .map((characters) => characters.join(''));

describe('ids', () => {
  test('without the setting, an id has the characters of a table name but the dot', () => {
    expect(tenantIdSchemaOf(settings)).toBe(tenantIdSchema);
    for (const id of ['a.b', 'a b', 'a/b', 'a@b', ''])
      expect(tenantIdSchema.safeParse(id).success, id).toBe(false);
    expect(tenantIdSchema.parse('tenant-abc_123')).toBe('tenant-abc_123');
  });

  test('with it, an id has the characters of a session tag', () => {
    const schema = tenantIdSchemaOf(parseSettings({ tenantIds: 'session-tag' }));
    expect(schema).toBe(anyTenantIdSchema);
    for (const id of ['a.b', 'School of Rock: a/b=c+d@e_f.g', 'Grundschule Süd', 'x'.repeat(256)])
      expect(schema.parse(id)).toBe(id);
    for (const id of ['', 'a#b', 'a*', 'a?', 'a\n', 'a\u0000', '{tenant}', ' a', 'a ', 'x'.repeat(257)])
      expect(schema.safeParse(id).success, JSON.stringify(id)).toBe(false);
  });
});

describe('names of dedicated tables', () => {
  test("an id of a table name's characters is part of the name as it is", () => {
    expect(nameOf('tenant-abc_123')).toBe('saas-tenant-data-enterprise-tenant-abc_123');
    expect(nameOf('abc', 2)).toBe('saas-tenant-data-enterprise-abc.2');
  });

  test('two ids never have the same name, whatever the number of their tables', () => {
    fc.assert(
      fc.property(ids, ids, fc.constantFrom(1, 2, 12), fc.constantFrom(1, 2, 12), (a, b, n, m) => {
        const isSame = a === b && n === m;
        expect(nameOf(a, n) === nameOf(b, m)).toBe(isSame);
      }),
    );
    for (const [a, b] of [
      ['a.2', 'a'],
      ['a.x2e', 'a.'],
      ['a x20', 'a  '],
      ['ü', 'u'],
    ] as const)
      for (const n of [1, 2]) expect(nameOf(a)).not.toBe(nameOf(b, n));
  });

  test('a name has the characters of a table name, and is no name of a shared table', () => {
    const shared = settings.tiers.flatMap(({ name }) =>
      [1, 2, 3].map((n) => sharedTableName(settings, name, n)),
    );
    fc.assert(
      fc.property(ids, fc.constantFrom(1, 2), (id, n) => {
        expect(nameOf(id, n)).toMatch(/^[a-zA-Z0-9_.-]+$/);
        expect(shared).not.toContain(nameOf(id, n));
      }),
    );
  });

  test('an id whose name would be too long is refused', () => {
    const longest = TABLE_NAME_CHARACTERS - nameOf('').length;
    expect(fitsTableName(settings, 'x'.repeat(longest))).toBe(true);
    expect(fitsTableName(settings, 'x'.repeat(longest + 1))).toBe(false);
    expect(fitsTableName(settings, '@'.repeat(Math.floor(longest / 4)))).toBe(true);
    expect(fitsTableName(settings, '@'.repeat(Math.floor(longest / 4) + 1))).toBe(false);
  });
});
