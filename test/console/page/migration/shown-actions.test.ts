import { expect, test } from 'vitest';
import {
  primaryAction,
  shownActions,
} from '../../../../functions/console/page/views/migration/shown-actions.ts';
import { aDetail } from './a-detail.ts';

test('in the hold the rollback stands out, and what makes it impossible is in the menu', () => {
  const detail = aDetail({ status: 'holding' });
  expect(primaryAction({ ...detail, next: null })).toBe('rollback');
  expect(shownActions(detail)).not.toContain('end-hold');
});

test('a recommended action stands out rather than the rollback', () => {
  const { migration } = aDetail({ status: 'holding' });
  const { migrationId } = migration;
  expect(primaryAction({ migration, next: { action: 'retry', migrationId } })).toBe('retry');
  expect(primaryAction(aDetail({ status: 'copying' }))).toBeUndefined();
});

test('no action stands out after a rollback that an operator asked for', () => {
  const next = { action: 'retry', migrationId: 'mig-1' } as const;
  const cancellation = { by: 'ana', reason: 'their reports are slower there' };
  expect(primaryAction({ ...aDetail({ status: 'rolledBack', cancellation }), next })).toBeUndefined();
  expect(primaryAction({ ...aDetail({ status: 'rolledBack' }), next })).toBe('retry');
});
