import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { nodesOf } from '../../scripts/pictures/machine-states.ts';
import { pictures } from '../../scripts/pictures/pictures.ts';
import type { MachineName } from '../../state-machines/machines.ts';
import { readMachine, statesOf } from '../house/asl.ts';

test.each(Object.keys(pictures))('docs/pictures/%s is what `npm run pictures` draws', (file) => {
  const committed = readFileSync(new URL(`../../docs/pictures/${file}`, import.meta.url), 'utf8');
  expect(committed === pictures[file], 'run `npm run pictures` and commit what it draws').toBe(true);
});

describe('the picture of a state machine', () => {
  test.each<MachineName>(['tier-migration', 'rollback'])(
    '%s has each of its steps and choices by name',
    (name) => {
      const texts = [...(pictures[`${name}.svg`] ?? '').matchAll(/<text [^>]*>([^<]*)</g)].map(
        ([, text]) => text,
      );
      const drawn = texts.flatMap((text) => (text ?? '').split(/[ ,]+/));
      const states = statesOf(readMachine(name));
      // the choices of a Map's items are drawn as one sign
      const inItems = new Set(
        states
          .flatMap(({ state }) => (state.ItemProcessor ? statesOf(state.ItemProcessor) : []))
          .map((of) => of.name),
      );
      const expected = states.filter(
        ({ name: one, state: { Type } }) => Type === 'Task' || (Type !== 'Wait' && !inItems.has(one)),
      );
      expect(expected.map((one) => one.name).filter((one) => !drawn.includes(one))).toEqual([]);
    },
  );

  test('shows what follows a state by an arrow, and any other state by name', () => {
    const nodes = nodesOf({
      Try: { Type: 'Task', Next: 'Done' },
      Done: {
        Type: 'Choice',
        Choices: [
          { Variable: '$.try.over', Next: 'End' },
          { Variable: '$.try.kind', StringEquals: 'other', Next: 'Other' },
        ],
        Default: 'Poll',
      },
      Poll: { Type: 'Wait', Next: 'Try' },
      Other: { Type: 'Pass', Next: 'Done' },
      End: { Type: 'Succeed' },
    });
    expect(nodes.map(({ name, leadsOn, lines }) => [name, leadsOn, lines])).toEqual([
      ['Try', true, []],
      ['Done', true, ['over → End', 'else ↺ Try']],
      ['Other', false, ['→ Done']],
      ['End', false, []],
    ]);
  });

  test('shows what a Map does for each segment, and which machine a state starts', () => {
    const item = { Type: 'Task', Next: 'Copied' };
    const [map, start] = nodesOf({
      Segments: {
        Type: 'Map',
        MaxConcurrency: 8,
        ItemProcessor: {
          StartAt: 'CopySegment',
          States: { CopySegment: item, Copied: { Type: 'Wait', Next: 'CopySegment' } },
        },
        Next: 'Start',
      },
      Start: { Type: 'Task', Parameters: { StateMachineArn: '$'.concat('{FenceWatchdogStateMachine}') } },
    });
    expect(map?.lines).toEqual(['CopySegment ↺', '8 segments at a time']);
    expect(start?.lines).toEqual(['starts fence-watchdog']);
  });
});
