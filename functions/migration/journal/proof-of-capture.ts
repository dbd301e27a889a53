import { CutoverOverBudget } from '../errors.ts';
import { formatDuration } from '../format-duration.ts';
import { DEFAULT_LAYOUT, type KeyLayout, layoutOf } from '../items/key-layout.ts';
import { lastSentinelKeys } from '../items/sentinel.ts';
import { isClosed } from '../life-cycle.ts';
import { STREAM_HORIZON_MS } from '../limits.ts';
import type { CaptureProof, Migration } from '../migration.ts';
import type { EntityKey, EpochMs, MigrationId, TableName } from '../names.ts';
import type { Ports } from '../ports.ts';
import { SIDES, type Side } from '../route/route.ts';
import { placeSentinels } from './place-sentinels.ts';
import type { CaptureReader } from './stream-readers-port.ts';

/**
 * Maximum age of the latest proof before the next is put, in ms. Proofs are rare because the application may see each
 * one briefly.
 */
const MAX_PROOF_AGE_MS = 10 * 60_000;
/** The same limit as a share of `maxProofGapMs`. */
const MAX_PROOF_AGE_SHARE = 0.25;

type Proofs = NonNullable<Migration['proofs']>;

/**
 * Records the stream and the reader of one side once a change has arrived through its capture. What an earlier attempt
 * recorded is kept: if another reader has taken over since, the journal may lack changes.
 */
export const noteArmed = async (
  ports: Ports,
  migration: Migration,
  { side, table }: { readonly side: Side; readonly table: TableName },
): Promise<void> => {
  if (migration.proofs?.[side]) return;
  const { stream = '', reader = '' } = await ports.streamReaders.captureReader(table);
  const proof: CaptureProof = { stream, reader, provedAt: ports.clock.now(), tookMs: 0 };
  await ports.migrations.update(migration, { proofs: { ...migration.proofs, [side]: proof } });
};

/** The result of checking the capture of both sides. */
export interface CaptureState {
  readonly migration: Migration;
  /** Time for which the oldest pending proof has been on its way, in ms; 0 if no proof is pending. */
  readonly lateMs: number;
  /** False while a proof is pending. */
  readonly isProved: boolean;
}

/**
 * Checks the capture of both sides: whether the pending proof has arrived, and whether stream and reader are unchanged.
 * If changes may have been missed, records that the journal is not complete (`gap`); all keys are then compared before the
 * next flip. Puts a new proof from time to time.
 * @throws Conflict if the migration has moved on.
 */
export const pollCapture = async (ports: Ports, migration: Migration): Promise<CaptureState> => {
  const polls = await Promise.all(
    tablesOf(migration).flatMap(({ side, table }) => {
      const known = migration.proofs?.[side];
      return known ? [pollSide(ports, migration, { side, table, known })] : [];
    }),
  );
  if (polls.length === 0) return { migration, lateMs: 0, isProved: true };
  const now = ports.clock.now();
  const proofs: Proofs = Object.fromEntries(polls.map(({ side, proof }) => [side, proof]));
  const [gap] = polls.flatMap(({ gap: reason }) => (reason === undefined ? [] : [{ at: now, reason }]));
  const isSame = gap === undefined && polls.every(({ isSame }) => isSame);
  const noted = isSame ? migration : await saveProofs(ports, migration, proofs, gap);
  await Promise.all(
    polls.flatMap(({ nextProof }) =>
      nextProof ? [placeSentinels(ports, migration, nextProof.table, nextProof.keys)] : [],
    ),
  );
  const isProved = polls.every(({ proof }) => proof.asked === undefined);
  return { migration: noted, lateMs: lateMs(noted, now), isProved };
};

/**
 * Checks that the sentinels of a fence arrived through the streams and readers for which the journal is known to be
 * complete.
 * @throws CutoverOverBudget if one of them was replaced since the proof before the fence. The next check records a gap.
 */
export const checkReaders = async (ports: Ports, migration: Migration): Promise<void> => {
  const polls = tablesOf(migration).map(async ({ side, table }) => {
    const known = migration.proofs?.[side];
    if (!known) return;
    const { stream, reader, isOn } = await ports.streamReaders.captureReader(table);
    if (stream !== known.stream || reader !== known.reader || !isOn)
      throw new CutoverOverBudget(
        `the stream of ${table}, or its reader, has changed under the fence. Writes are reopened, all keys are compared, then the cutover is tried again`,
      );
  });
  await Promise.all(polls);
};

/**
 * Connects the streams of both sides to their readers. If a stream has been replaced, the new one may have no reader
 * yet.
 */
export const reconnect = async (ports: Ports, migration: Migration): Promise<void> => {
  for (const { table } of tablesOf(migration)) await ports.streamReaders.connect(table);
};

/** Returns the tables of both sides. The target has one once a slot in it is reserved. */
const tablesOf = (migration: Migration): { readonly side: Side; readonly table: TableName }[] =>
  SIDES.flatMap((side) => {
    const { table } = migration[side];
    return table === undefined ? [] : [{ side, table }];
  });

/** Returns the time for which the oldest pending proof has been on its way, in ms; 0 if no proof is pending. */
export const lateMs = ({ proofs = {} }: Pick<Migration, 'proofs'>, now: EpochMs): number =>
  Math.max(0, ...SIDES.map((side) => now - (proofs[side]?.asked?.since ?? now)));

/** True if this is the key of a pending proof, whose journal entry must stay until it has been polled for. */
export const isPendingProof = (
  { proofs = {} }: Pick<Migration, 'proofs'>,
  key: EntityKey,
  layout: KeyLayout = DEFAULT_LAYOUT,
): boolean =>
  SIDES.some((side) => {
    const { asked } = proofs[side] ?? {};
    return asked !== undefined && lastSentinelKeys(asked.nonce, layout).includes(key);
  });

interface SideProof {
  readonly side: Side;
  readonly proof: CaptureProof;
  readonly isSame: boolean;
  readonly gap?: string;
  /** A proof that is put once it has been recorded. */
  readonly nextProof?: { readonly table: TableName; readonly keys: readonly EntityKey[] };
}

const pollSide = async (
  ports: Ports,
  { migrationId }: Migration,
  { side, table, known }: { readonly side: Side; readonly table: TableName; readonly known: CaptureProof },
): Promise<SideProof> => {
  const reader = await ports.streamReaders.captureReader(table);
  const seen = await hasArrived(ports, migrationId, side, known);
  const now = ports.clock.now();
  const reason = gapOf(ports, { table, known, seen, reader, now });
  const { stream = '', reader: identity = '' } = reader;
  const current = { ...seen, stream, reader: identity };
  const { asked } = current;
  const everyMs = Math.min(MAX_PROOF_AGE_MS, ports.settings.maxProofGapMs * MAX_PROOF_AGE_SHARE);
  const isDue = asked
    ? now - asked.at >= ports.settings.captureMs
    : now - current.provedAt >= everyMs || reason !== undefined;
  const nonce = ports.newId();
  const proof = isDue ? { ...current, asked: { nonce, at: now, since: asked?.since ?? now } } : current;
  return {
    side,
    proof,
    isSame: seen === known && !isDue && stream === known.stream && identity === known.reader,
    gap: reason,
    nextProof: isDue ? { table, keys: lastSentinelKeys(nonce, layoutOf(ports.settings)) } : undefined,
  };
};

/** @returns the updated state; the same object if the proof has not arrived. */
const hasArrived = async (
  ports: Ports,
  migrationId: MigrationId,
  side: Side,
  known: CaptureProof,
): Promise<CaptureProof> => {
  const { asked } = known;
  if (!asked) return known;
  const keys = lastSentinelKeys(asked.nonce, layoutOf(ports.settings));
  const hasReturned = (await ports.journal.journalledAmong(migrationId, side, keys)).size === keys.length;
  return hasReturned ? withProof(known, asked.at, ports.clock.now()) : known;
};

/** Returns why changes of one side may have been missed; undefined if there is no sign of that. */
const gapOf = (
  { settings }: Pick<Ports, 'settings'>,
  {
    table,
    known,
    seen,
    reader,
    now,
  }: {
    readonly table: TableName;
    readonly known: CaptureProof;
    readonly seen: CaptureProof;
    readonly reader: CaptureReader;
    readonly now: EpochMs;
  },
): string | undefined => {
  if (reader.stream !== known.stream) return `the stream of ${table} has been replaced`;
  if (!reader.isOn) return `no process reads the stream of ${table}`;
  if (reader.reader !== known.reader) return `another reader reads the stream of ${table}`;
  if (seen !== known && seen.tookMs > STREAM_HORIZON_MS / 2)
    return `a change of ${table} took ${formatDuration(seen.tookMs)} to be captured`;
  const apart = (seen === known ? now : seen.provedAt) - known.provedAt;
  return apart > settings.maxProofGapMs
    ? `no proof of capture has arrived from ${table} for ${formatDuration(apart)}`
    : undefined;
};

/** A gap recorded less than this many ms ago is not recorded again. */
const GAP_REPEAT_MS = 60_000;

/**
 * Records that the journal may lack changes if a captured change is older than half of the stream's retention: its
 * shard may have dropped earlier ones.
 * @param madeAt absent if the record has no time.
 * @throws Conflict if the migration has changed in the meantime: the stream delivers the change again.
 */
export const noteOldChange = async (
  { migrations, clock }: Pick<Ports, 'migrations' | 'clock'>,
  migrationId: MigrationId,
  table: TableName,
  madeAt: EpochMs | undefined,
): Promise<void> => {
  const at = clock.now();
  if (madeAt === undefined || at - madeAt <= STREAM_HORIZON_MS / 2) return;
  const migration = await migrations.get(migrationId);
  if (!migration || isClosed(migration.status) || (migration.gap && at - migration.gap.at < GAP_REPEAT_MS))
    return;
  const reason = `a change of ${table} took ${formatDuration(at - madeAt)} to be captured`;
  await migrations.update(migration, { gap: { at, reason } });
};

/** Saves the proofs. A gap that was not known before also becomes an event of the audit trail. */
const saveProofs = (
  ports: Ports,
  migration: Migration,
  proofs: Proofs,
  gap: Migration['gap'],
): Promise<Migration> => {
  const change = gap ? { proofs, gap } : { proofs };
  if (!gap || migration.gap?.reason === gap.reason) return ports.migrations.update(migration, change);
  const reason = `The journal may lack changes: ${gap.reason}. All keys are compared before the next flip`;
  const event = { who: `workflow, attempt ${migration.attempt}`, reason, at: gap.at };
  return ports.migrations.transition(migration, migration.status, event, change);
};

/** Time between two polls for a proof before a fence, in ms. */
const POLL_MS = 20;

/**
 * Puts a proof on both sides and waits until it has arrived through capture. Used before a fence, never under it.
 * @returns the time on the monotonic clock at which both proofs had arrived; undefined if that took longer than
 * `maxProofMs`, or if the journal is not complete.
 * @throws Conflict if the migration has moved on.
 */
export const proveCapture = async (
  ports: Ports,
  before: Migration,
): Promise<{ readonly migration: Migration; readonly provedAt?: number }> => {
  const { clock, settings, journal } = ports;
  const { migration, lateMs: late } = await pollCapture(ports, before);
  if (migration.gap || late > settings.maxProofMs) return { migration };
  const { migrationId } = migration;
  const nonce = ports.newId();
  const keys = lastSentinelKeys(nonce, layoutOf(settings));
  const at = clock.now();
  const sides = tablesOf(migration);
  const deadline = clock.monotonic() + settings.maxProofMs;
  await Promise.all(sides.map(({ table }) => placeSentinels(ports, migration, table, keys)));
  for (;;) {
    const seen = await Promise.all(
      sides.map(
        async ({ side }) => (await journal.journalledAmong(migrationId, side, keys)).size === keys.length,
      ),
    );
    const now = clock.now();
    const hasReturned = seen.every(Boolean);
    const isLate = clock.monotonic() >= deadline;
    if (hasReturned || isLate) {
      const proofs: Proofs = Object.fromEntries(
        sides.flatMap(({ side }, n) => {
          const known = migration.proofs?.[side];
          if (!known) return [];
          return [
            [side, seen[n] ? withProof(known, at, now) : { ...known, asked: { nonce, at, since: at } }],
          ];
        }),
      );
      const noted = await ports.migrations.update(migration, { proofs });
      return { migration: noted, provedAt: hasReturned && !isLate ? clock.monotonic() : undefined };
    }
    await clock.sleep(POLL_MS);
  }
};

/** Returns the state after the arrival of a proof that was put at `at`. */
const withProof = ({ asked: _, ...known }: CaptureProof, at: EpochMs, now: EpochMs): CaptureProof => ({
  ...known,
  provedAt: at,
  tookMs: now - at,
});
