import { expect, test } from 'vitest';
import { entityKey } from '../../../functions/migration/names.ts';
import type { Plan, PlanFinding } from '../../../functions/migration/plan/plan.ts';
import { withoutControlCharacters } from '../../../scripts/cli/render/printable.ts';
import { renderPlan } from '../../../scripts/cli/render/render-plan.ts';
import { aMigration, aPlan } from '../../support/records.ts';

const ESCAPE = '\u001b';
const migration = aMigration();
const rendered = (given: Partial<Plan>): string =>
  renderPlan(migration.migrationId, aPlan(migration, given)).join('\n');
const finding: PlanFinding = {
  level: 'blocker',
  code: 'reserved-key',
  message: '7 items have a reserved key',
  remedy: 'Rename them',
  items: 7,
  keys: [entityKey(`STUDENT#${ESCAPE}[2Jno differences`), entityKey('STUDENT#\u202e1')],
};

test('each finding is shown with its remedy, its keys, and the number of further keys', () => {
  const words = rendered({ findings: [finding] });
  expect(words).toContain('BLOCKER reserved-key: 7 items have a reserved key\n    do: Rename them\n');
  expect(words).toMatch(/^ {4}key: STUDENT#\\u\{1b\}\[2Jno differences\n {4}key: .*\n {4}and 5 more$/m);
});

test('data F12: no key and no entity type in a plan controls the terminal', () => {
  const byEntityType = { [`BAD${ESCAPE}[31m`]: { items: 1, bytes: 1 } };
  const survey = { ...aPlan(migration).survey, byEntityType };
  const words = rendered({ findings: [finding], survey });
  expect(words.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(words).toContain('BAD\\u{1b}[31m');
});

test('a plan of an earlier version, without remedies, is shown', () => {
  const { remedy: _, ...old } = finding;
  expect(rendered({ findings: [old as PlanFinding] })).not.toContain('do:');
});

test('text of every plane is unchanged', () => {
  expect(withoutControlCharacters('é 😀 \t')).toBe('é 😀 \\u{9}');
});
