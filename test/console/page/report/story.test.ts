import { expect, test } from 'vitest';
import type { Event } from '../../../../functions/console/page/api/schema.ts';
import { storyOf } from '../../../../functions/console/page/views/report/story.ts';

const at = '2026-03-04T05:06:07.000Z';
const by = 'workflow, attempt 1';
const events: readonly Event[] = [
  { at, by: 'ana', to: 'queued', reason: 'it grows' },
  { at, by, from: 'catchingUp', to: 'catchingUp', reason: 'round 1 left 20 keys' },
  { at, by, from: 'cuttingOver', to: 'holding', reason: 'flipped to advanced', flippedTo: 'advanced' },
  { at, by: 'ana', from: 'holding', to: 'holding', reason: 'rollback requested' },
  { at, by, from: 'holding', to: 'rollingBack', reason: 'rolling back' },
  { at, by, from: 'rollingBack', to: 'rollingBack', reason: 'flipped to basic', flippedTo: 'basic' },
  { at, by, from: 'rollingBack', to: 'rolledBack', reason: 'all changes were undone' },
];

test('the story of a rollback contains both flips, and no event of the workflow alone', () => {
  const story = storyOf(events);
  expect(story.map(({ number }) => number)).toEqual([1, 3, 4, 5, 6, 7]);
  expect(story.flatMap(({ event }) => event.flippedTo ?? [])).toEqual(['advanced', 'basic']);
  expect(story.find(({ event }) => event.flippedTo === 'basic')?.changed).toBeUndefined();
});
