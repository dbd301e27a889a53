import { sentinelKeys } from '../../../functions/migration/items/sentinel.ts';
import { isClosed, mayChange } from '../../../functions/migration/life-cycle.ts';
import { epochMs } from '../../../functions/migration/names.ts';
import { arm, disarm, fence, flip, reopen, type Side } from '../../../functions/migration/route/route.ts';
import { nameOf } from '../invariants.ts';
import type { Move } from '../move.ts';
import {
  ABSENT,
  type Broken,
  DEADLINE,
  decisionOn,
  LONG_MS,
  liveSide,
  MIGRATION,
  sidesOf,
  TABLES,
} from '../state.ts';
import type { PartitionProcess } from './application.ts';
import type { Rules } from './rules.ts';
import {
  ALL,
  became,
  broken,
  covered,
  FOREIGN,
  LAST,
  LAYOUT,
  type Partition,
  partitionAt,
  put,
  SIDES,
  type State,
  type Step,
  sidesWith,
  type Worker,
  withEntry,
  withPartition,
  withPartitions,
} from './state.ts';

type Act = (state: State, rules: Rules) => readonly Move<State>[];

const moveTo = (state: State, does: string, to: State): Move<State> => ({
  who: `workflow, ${state.worker.step}`,
  does,
  to,
});

const goOn = (state: State, step: Step, change: Partial<Worker> = {}): State => ({
  ...state,
  worker: { ...state.worker, partition: 0, from: ABSENT, ...change, step },
});

/** Returns the partitions that a step covers which goes by the segments. */
const inSegments = (rules: Rules, isRule: boolean): readonly number[] =>
  covered(isRule && rules.everyPartitionIsSurveyed);

/** Goes on to the next of these partitions, or to the next step. */
const next = (state: State, partitions: readonly number[], step: Step): State => {
  const { worker } = state;
  const index = partitions.find((each) => each > worker.partition);
  return index === undefined ? goOn(state, step) : goOn(state, worker.step, { partition: index });
};

const differs = ({ values }: Partition): boolean => decisionOn(values.source, values.target) !== 'same';

/** Writes as the migration does, which must not change an item that it has not put there. */
const migrates = (state: State, side: Side, index: number, value: number): State => {
  const isForeign = side === 'target' && partitionAt(state, index).values.target === FOREIGN;
  const written = put(state, side, index, value);
  return isForeign
    ? broken(written, 'I4', `an item is gone that was in partition ${index} of the target before`)
    : written;
};

const arms =
  (side: Side, after: (armed: State) => State): Act =>
  (state) => {
    const route = arm(state.route, { migrationId: MIGRATION, side, table: TABLES[side] });
    return [moveTo(state, `arms capture on the ${side}`, after({ ...state, route }))];
  };

const claim: Act = (state, rules) => {
  const isEmpty = covered(rules.everyPartitionIsClaimed).every(
    (index) => partitionAt(state, index).values.target === ABSENT,
  );
  return [
    isEmpty
      ? moveTo(
          state,
          'finds the target empty',
          goOn({ ...became(state, 'copying'), isClaimed: true }, 'Copy'),
        )
      : moveTo(
          state,
          'finds an item in the target: rolls back',
          goOn(became(state, 'rollingBack'), 'Discard'),
        ),
  ];
};

const copyReads: Act = (state) => {
  const { partition } = state.worker;
  const from = partitionAt(state, partition).values.source;
  const does = `reads ${nameOf(from)} in partition ${partition} of the source`;
  return [moveTo(state, does, goOn(state, 'Copy/write', { partition, from }))];
};

const copyWrites: Act = (state, rules) => {
  const { partition, from } = state.worker;
  const written = from === ABSENT ? state : migrates(state, 'target', partition, from);
  const copying = { ...written, worker: { ...written.worker, step: 'Copy' as const } };
  const to = next(copying, inSegments(rules, rules.everyPartitionIsCopied), 'ArmTarget');
  return [moveTo(state, `puts ${nameOf(from)} into partition ${partition} of the target`, to)];
};

/** Removes entries of the side being filled if both sides are equal: they stem from the migration's own writes. */
const othersDone = (state: State): State => {
  const { to } = sidesOf(state.worker.direction);
  return withPartitions(state, ALL, (partition) =>
    differs(partition) ? {} : { entries: sidesWith(partition.entries, to, 0) },
  );
};

/** Reads the first entry of the live side in these partitions, and its item there; undefined if there is none. */
const readsEntry = (state: State, step: Step, partitions: readonly number[]): Move<State> | undefined => {
  const { from: side } = sidesOf(state.worker.direction);
  const index = partitions.find((each) => partitionAt(state, each).entries[side] !== 0);
  if (index === undefined) return undefined;
  const from = partitionAt(state, index).values[side];
  const observed = withEntry(othersDone(state), index, side, 2);
  const does = `looks at the entry of partition ${index}, and reads ${nameOf(from)} on the ${side}`;
  return moveTo(state, does, goOn(observed, step, { partition: index, from }));
};

const decides =
  (readSides: Step, write: Step): Act =>
  (state) => {
    const { partition: index, from, direction } = state.worker;
    const { from: live, to } = sidesOf(direction);
    const { values, entries } = partitionAt(state, index);
    if (decisionOn(from, values[to]) !== 'same')
      return [moveTo(state, 'finds the sides different', goOn(state, write, { partition: index, from }))];
    const touched = withPartition(state, index, { isTouched: true });
    // an entry that was journalled again stays
    const removed = entries[live] === 2 ? withEntry(touched, index, live, 0) : touched;
    return [moveTo(state, 'notes the key as touched, and removes the entry', goOn(removed, readSides))];
  };

const writes =
  (readSides: Step): Act =>
  (state) => {
    const { partition, from, direction } = state.worker;
    const { to } = sidesOf(direction);
    const does = `writes ${nameOf(from)} in partition ${partition} on the ${to}`;
    return [moveTo(state, does, goOn(migrates(state, to, partition, from), readSides))];
  };

const catchUp: Act = (state) => [
  readsEntry(state, 'CatchUp/act', ALL) ??
    moveTo(state, 'finds the journal empty', goOn(othersDone(state), state.isCompared ? 'Fence' : 'Compare')),
];

/** Compares a partition. A difference is journalled on the live side in a rollback, or if the other side lacks the item. */
const compare: Act = (state, rules) => {
  const { partition: index, direction } = state.worker;
  const { from, to } = sidesOf(direction);
  const partition = partitionAt(state, index);
  const side = direction === 'reverse' || partition.values[to] === ABSENT ? from : to;
  const begun = withPartition(state, index, {
    isTouched: false,
    isJournalled: sidesWith(partition.isJournalled, from, false),
  });
  const compared = differs(partition) ? withEntry(begun, index, side, 1) : begun;
  const over = next(compared, inSegments(rules, rules.everyPartitionIsCompared), 'CatchUp');
  const isOver = over.worker.step === 'CatchUp';
  return [moveTo(state, `compares partition ${index}`, isOver ? { ...over, isCompared: true } : over)];
};

const fences: Act = (state) => {
  const { direction } = state.worker;
  const source = TABLES[sidesOf(direction).from];
  const route = fence(state.route, { migrationId: MIGRATION, source, deadline: DEADLINE });
  const moved = direction === 'forward' ? became(state, 'cuttingOver') : state;
  return [moveTo(state, 'fences writes', goOn({ ...moved, route }, 'AwaitLeases'))];
};

/** Returns the partitions that get sentinels, by the keys that production gives them. */
const sentinelPartitions = (rules: Rules): readonly number[] => {
  const keys = sentinelKeys([{ range: {} }], 'nonce', LAYOUT);
  const placed = new Set(keys.map((key) => LAYOUT.placeOf(key).partition));
  return covered(rules.everyPartitionHasSentinel).filter((index) => placed.has(index));
};

const awaitsLeases: Act = (state, rules) => {
  const { lease, write } = state.writer;
  const isForgotten = !rules.leasesCoverTenant && write?.partition === LAST;
  if ((lease || write) && !isForgotten) return [];
  const placed = withPartitions(state, sentinelPartitions(rules), ({ streams }) => ({
    streams: {
      source: [...streams.source.filter((record) => record !== 'sentinel'), 'sentinel'],
      target: [...streams.target.filter((record) => record !== 'sentinel'), 'sentinel'],
    },
    captured: { source: false, target: false },
    sentinels: { source: true, target: true },
  }));
  return [moveTo(state, 'leases are out; places sentinels in every partition', goOn(placed, 'Drain'))];
};

const drains: Act = (state, rules) => {
  const moves = [moveTo(state, 'runs out of time', goOn(state, 'Reopen'))];
  const readSides = readsEntry(state, 'Drain/act', covered(rules.journalOfEveryPartitionIsEmpty));
  if (readSides) return [...moves, readSides];
  const awaited = new Set(covered(rules.everySentinelIsAwaited));
  const isWhole = sentinelPartitions(rules)
    .filter((index) => awaited.has(index))
    .every((index) => SIDES.every((side) => partitionAt(state, index).captured[side]));
  return isWhole
    ? [...moves, moveTo(state, 'finds the journal empty, and whole', goOn(state, 'CompareTouched'))]
    : moves;
};

const comparesTouched: Act = (state, rules) => {
  const { from, to } = sidesOf(state.worker.direction);
  const different = covered(rules.touchedKeysOfEveryPartitionAreCompared).filter((index) => {
    const partition = partitionAt(state, index);
    return partition.isTouched && differs(partition);
  });
  if (different.length > 0) {
    const journalled = withPartitions(state, different, ({ entries }) => ({
      entries: sidesWith(entries, from, 1),
    }));
    return [moveTo(state, 'finds a touched key different, and journals it', goOn(journalled, 'Drain'))];
  }
  const applied = othersDone(state);
  if (applied.partitions.some(({ entries }) => entries[to] !== 0))
    return [moveTo(state, `finds a change on the ${to} that is not ours`, refused(state, rules))];
  return [moveTo(state, 'finds every touched key the same', goOn(applied, 'Flip'))];
};

/** Refuses the flip: the tenant stays where it is. */
const refused = (state: State, rules: Rules): State => {
  const open = reopened(state, rules);
  if (state.worker.direction === 'reverse') return { ...goOn(open, 'End'), end: 'stopped' };
  return goOn(became(open, 'rollingBack'), 'Discard');
};

const reopened = (state: State, rules: Rules): State =>
  withoutSentinels(
    { ...state, route: reopen(state.route, { migrationId: MIGRATION, leaseMs: LONG_MS }) },
    rules,
  );

/** Deletes the sentinels from both tables. Their records prove nothing any more. */
const withoutSentinels = (state: State, rules: Rules): State =>
  withPartitions(state, covered(rules.everySentinelIsDeleted), ({ streams }) => ({
    streams: {
      source: streams.source.filter((record) => record !== 'sentinel'),
      target: streams.target.filter((record) => record !== 'sentinel'),
    },
    captured: { source: false, target: false },
    sentinels: { source: false, target: false },
  }));

const reopens: Act = (state, rules) => {
  const open = reopened(state, rules);
  const moved = open.status === 'cuttingOver' ? became(open, 'catchingUp') : open;
  return [moveTo(state, 'opens writes again', goOn(moved, 'CatchUp'))];
};

const flips: Act = (state, rules) => {
  const { worker, partitions } = state;
  const { to } = sidesOf(worker.direction);
  const isForward = worker.direction === 'forward';
  const target = TABLES[to];
  const route = flip(state.route, { migrationId: MIGRATION, target, leaseMs: LONG_MS, now: epochMs(0) });
  const noted = withPartitions({ ...state, route, isCompared: false }, ALL, ({ values }) => ({
    flipped: values.source,
    isTouched: false,
  }));
  const flipped = withoutSentinels(isForward ? became(noted, 'holding') : noted, rules);
  const over = goOn(flipped, isForward ? 'CompareKept' : 'Discard');
  const lost = partitions.findIndex(({ values, truth }) => values[to] !== truth);
  const how = `flipped to the ${to} with another value in partition ${lost} than was acknowledged`;
  return [
    moveTo(state, `makes the ${to} live`, lost < 0 ? over : broken(over, isForward ? 'I2' : 'I6', how)),
  ];
};

const stops = (state: State): State => ({ ...goOn(state, 'End'), end: 'stopped' });

/** Compares the kept source with the target, except for keys that were written since the flip. */
const comparesKept: Act = (state, rules) => {
  const { partition: index } = state.worker;
  const partition = partitionAt(state, index);
  if (differs(partition) && partition.entries.target === 0)
    return partition.streams.target.length > 0
      ? []
      : [moveTo(state, `finds an unexplained difference in partition ${index}, and stops`, stops(state))];
  const kept = withPartition(state, index, { kept: partition.values.source });
  const to = next(kept, inSegments(rules, rules.everyPartitionIsVerified), 'Hold');
  return [moveTo(state, `compares partition ${index} of the kept source`, to)];
};

/** The hold outlasts every delay of capture. */
const holds: Act = (state, rules) => {
  if (state.partitions.some(({ streams }) => streams.source.length > 0)) return [];
  const isStrayed = inSegments(rules, rules.everyPartitionIsVerified).some((index) => {
    const { entries, values, kept } = partitionAt(state, index);
    return entries.source !== 0 || values.source !== kept;
  });
  return [
    isStrayed
      ? moveTo(state, 'finds the source changed, and stops', stops(state))
      : moveTo(state, 'ends the hold', goOn(became(state, 'cleaningUp'), 'CleanUp')),
  ];
};

const cleansUp: Act = (state, rules) => {
  const { partition: index } = state.worker;
  const { values, flipped } = partitionAt(state, index);
  const gone = put(state, 'source', index, ABSENT);
  const over = next(gone, inSegments(rules, rules.everyPartitionIsCleanedUp), 'Close');
  const isUnseen = values.source !== ABSENT && values.source !== flipped;
  const how = `a write to partition ${index} of the kept source is deleted, and no operator has seen it`;
  return [
    moveTo(state, `deletes partition ${index} of the source`, isUnseen ? broken(over, 'I6', how) : over),
  ];
};

const discards: Act = (state, rules) => {
  if (!state.isClaimed) return [moveTo(state, 'has put nothing into the target', goOn(state, 'Close'))];
  const { partition: index } = state.worker;
  const gone = migrates(state, 'target', index, ABSENT);
  const to = next(gone, covered(rules.everyPartitionIsDiscarded), 'Close');
  return [moveTo(state, `deletes partition ${index} of the target`, to)];
};

const closes: Act = (state, rules) => {
  const route = disarm(state.route, { migrationId: MIGRATION });
  const cleared = withPartitions(
    { ...state, route },
    covered(rules.journalOfEveryPartitionIsCleared),
    () => ({ entries: { source: 0, target: 0 } }),
  );
  const undone = state.isCancelled ? 'cancelled' : 'rolledBack';
  const status = state.status === 'cleaningUp' ? 'completed' : undone;
  return [moveTo(state, 'disarms capture, and clears the journal', goOn(became(cleared, status), 'End'))];
};

const ACTS: Readonly<Record<Step, Act>> = {
  ArmSource: arms('source', (armed) => goOn(armed, 'Claim')),
  Claim: claim,
  Copy: copyReads,
  'Copy/write': copyWrites,
  ArmTarget: arms('target', (armed) => goOn(became(armed, 'catchingUp'), 'CatchUp')),
  CatchUp: catchUp,
  'CatchUp/act': decides('CatchUp', 'CatchUp/write'),
  'CatchUp/write': writes('CatchUp'),
  Compare: compare,
  Fence: fences,
  AwaitLeases: awaitsLeases,
  Drain: drains,
  'Drain/act': decides('Drain', 'Drain/write'),
  'Drain/write': writes('Drain'),
  CompareTouched: comparesTouched,
  Flip: flips,
  Reopen: reopens,
  CompareKept: comparesKept,
  Hold: holds,
  CleanUp: cleansUp,
  Discard: discards,
  Close: closes,
  End: () => [],
};

const worker: PartitionProcess = (state, rules) => ACTS[state.worker.step](state, rules);

/** The worker dies. Its step begins again with the first partition. */
const crash: PartitionProcess = (state) => {
  const { left, worker: at, route } = state;
  if (left.crashes === 0 || at.step === 'End') return [];
  const begun = at.step.split('/')[0];
  const step =
    route.writes === 'fenced' ? 'Reopen' : begun === 'Copy' || begun === 'CatchUp' ? begun : at.step;
  const to = goOn({ ...state, left: { ...left, crashes: left.crashes - 1 } }, step);
  return [{ who: 'workflow', does: `dies in ${at.step}, and begins again`, to }];
};

/** Cancels before the flip, or rolls back during the hold. Known stragglers do not stop the rollback again. */
const operator: PartitionProcess = (state, rules) => {
  const { left, status } = state;
  if (state.end || isClosed(status)) return [];
  if (status === 'holding' && left.rollbacks > 0) {
    const begun = became({ ...state, left: { ...left, rollbacks: left.rollbacks - 1 } }, 'rollingBack');
    const noted = withPartitions(begun, ALL, ({ entries, isJournalled }) => ({
      entries: sidesWith(entries, 'source', 0),
      isJournalled: sidesWith(isJournalled, 'target', true),
      kept: undefined,
    }));
    const to = goOn({ ...noted, isCompared: false }, 'CatchUp', { direction: 'reverse' });
    return [{ who: 'operator', does: 'takes the tenant back', to }];
  }
  const isForward = state.worker.direction === 'forward' && status !== 'holding';
  if (left.cancels === 0 || !isForward || !mayChange(status, 'rollingBack')) return [];
  const open = reopened({ ...state, isCancelled: true, left: { ...left, cancels: left.cancels - 1 } }, rules);
  return [{ who: 'operator', does: 'cancels', to: goOn(became(open, 'rollingBack'), 'Discard') }];
};

export const workflow: readonly PartitionProcess[] = [worker, crash, operator];

/** I1: at no time may two tables take writes of any of the tenant's partitions. */
const oneWritableTable = ({ route, writer }: State): Broken | undefined => {
  const sides = new Set([writer.lease, writer.write?.side].filter((side) => side !== undefined));
  if (route.writes === 'open') sides.add(liveSide(route));
  return sides.size > 1
    ? { invariant: 'I1', how: 'source and target both take writes of the tenant' }
    : undefined;
};

/** I2: every partition of the live table has the values that were acknowledged last. */
const nothingLost = ({ route, partitions }: State): Broken | undefined => {
  const live = liveSide(route);
  const index = partitions.findIndex(({ values, truth }) => values[live] !== truth);
  return index < 0
    ? undefined
    : { invariant: 'I2', how: `partition ${index} of the live ${live} lacks an acknowledged write` };
};

/** I5: an ended migration leaves nothing behind in any partition. */
const nothingLeft = ({ status, partitions, route }: State): Broken | undefined => {
  if (!isClosed(status)) return undefined;
  const other: Side = status === 'completed' ? 'source' : 'target';
  const index = partitions.findIndex(
    ({ values, entries, sentinels }) =>
      (values[other] !== ABSENT && values[other] !== FOREIGN) ||
      SIDES.some((side) => entries[side] !== 0 || sentinels[side]),
  );
  if (index >= 0)
    return { invariant: 'I5', how: `${status}, and something of it is left in partition ${index}` };
  return route.capture ? { invariant: 'I5', how: 'the migration is over and capture is armed' } : undefined;
};

export const brokenIn = (state: State): Broken | undefined =>
  state.broken ?? oneWritableTable(state) ?? nothingLost(state) ?? nothingLeft(state);

export const endOf = ({ worker: { step }, end, status }: State): string | undefined =>
  step === 'End' ? (end ?? status) : undefined;
