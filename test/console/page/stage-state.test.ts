import { expect, test } from 'vitest';
import type { Migration } from '../../../functions/console/page/api/schema.ts';
import { endOf, stageStateOf } from '../../../functions/console/page/parts/stage-state.ts';
import { aDetail } from './migration/a-detail.ts';

const startedAt = '2026-03-04T05:00:00.000Z';
const ended = { startedAt, endedAt: '2026-03-04T05:01:00.000Z' };

/** Renders the states of the first four stages. */
const statesOf = (status: Migration['status'], stages: Migration['stages']) => {
  const { migration } = aDetail({ status, stages });
  return (['provision', 'copy', 'registry', 'flip'] as const)
    .map((name) => stageStateOf(migration, name))
    .join(' ');
};

test('the copy is under way until its changes are applied and compared, when the registry stage starts', () => {
  const copied = { provision: ended, copy: ended };
  expect(statesOf('copying', { provision: ended, copy: { startedAt } })).toBe('done now next next');
  expect(statesOf('catchingUp', copied)).toBe('done now next next');
  expect(statesOf('catchingUp', { ...copied, registry: { startedAt } })).toBe('done done now next');
  expect(statesOf('catchingUp', { ...copied, registry: ended, flip: { startedAt } })).toBe(
    'done done done now',
  );
});

test('a flip has ended its stage as soon as the tenant has flipped', () => {
  const { migration } = aDetail({
    status: 'holding',
    stages: { flip: { startedAt } },
    flippedAt: ended.endedAt,
  });
  expect([stageStateOf(migration, 'flip'), endOf(migration, 'flip')]).toEqual(['done', ended.endedAt]);
});

test('a migration that ended or is undone while changes were applied has not finished its copy', () => {
  const copied = { provision: ended, copy: ended };
  expect(statesOf('failed', copied)).toBe('done ended unreached unreached');
  expect(statesOf('rollingBack', copied)).toBe('undoing undoing unreached unreached');
});

test('no stage of a migration that was undone is done', () => {
  const flipped = { provision: ended, copy: ended, registry: ended, flip: ended };
  expect(statesOf('rolledBack', flipped)).toBe('undone undone undone undone');
  expect(statesOf('cancelled', { provision: ended, copy: { startedAt } })).toBe(
    'undone undone unreached unreached',
  );
  expect(statesOf('completed', flipped)).toBe('done done done done');
});

test('the clean-up has not begun while the source is kept', () => {
  const stages = { flip: ended, cleanUp: { startedAt } };
  const stateIn = (status: Migration['status']) =>
    stageStateOf(aDetail({ status, stages }).migration, 'cleanUp');
  expect([stateIn('holding'), stateIn('cleaningUp')]).toEqual(['kept', 'now']);
});

test('a rollback has undone the flip once the tenant is back, and the clean-up never began', () => {
  const stages = { flip: ended, cleanUp: { startedAt } };
  const statesWith = (given: Partial<Migration>) => {
    const { migration } = aDetail({ stages, flippedAt: startedAt, ...given });
    return (['flip', 'cleanUp'] as const).map((name) => stageStateOf(migration, name));
  };
  expect(statesWith({ status: 'rollingBack' })).toEqual(['undoing', 'unreached']);
  expect(statesWith({ status: 'rollingBack', reverseFlippedAt: startedAt })).toEqual(['undone', 'unreached']);
  expect(statesWith({ status: 'rolledBack', reverseFlippedAt: startedAt })).toEqual(['undone', 'unreached']);
});
