import { setTimeout as sleep } from 'node:timers/promises';
import type { Migration } from '../../functions/admin/admin-of.ts';
import { statusWords } from '../../functions/migration/life-cycle.ts';
import type { TestStack } from './test-stack.ts';

/** A move of a tenant in a test. */
export interface MoveRequest {
  readonly tenantId: string;
  /** Tier to move to; absent for another table of the same tier. */
  readonly toTier?: string;
  /** True for a dedicated table, if the tier allows one. */
  readonly dedicated?: boolean;
  /** Time for which the source is kept after the flip, in ms. Default: the stack's setting, which is 0. */
  readonly holdMs?: number;
  /** Maximum time to wait for a state of the move, in ms. Default: 300,000. */
  readonly timeoutMs?: number;
}

/** A move that is under way. */
export interface TenantMove {
  readonly migrationId: string;
  /** Returns the migration as it is now. */
  read(): Promise<Migration>;
  /** Waits until the target is live. @throws Error if the move ends or stops before that, or after `timeoutMs` */
  flipped(): Promise<Migration>;
  /** Waits until the move has completed and the source is deleted. @throws Error if it ends otherwise */
  completed(): Promise<Migration>;
  /** Moves the tenant back, and waits until it is back. Needs a hold that has not ended. @throws Error if it is not */
  rollBack(): Promise<Migration>;
}

type Status = Migration['status'];

/** Time between two polls, in ms. */
const POLL_MS = 50;
const DEFAULT_TIMEOUT_MS = 300_000;
/** Hold of a move that is to be undone, in ms: longer than any test. */
const LONG_HOLD_MS = 24 * 60 * 60_000;
const NOTE = { by: 'test', reason: 'a test moves the tenant' };
const AFTER_FLIP: readonly Status[] = ['holding', 'cleaningUp', 'completed'];
const OVER: readonly Status[] = ['completed', 'rolledBack', 'cancelled', 'failed'];

/** Starts to move a tenant, and returns while the move runs. Errors are those of `Admin.requestMigration`. */
export const startMove = async ({ admin }: TestStack, request: MoveRequest): Promise<TenantMove> => {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, ...wanted } = request;
  const { migrationId } = await admin.requestMigration({
    ...wanted,
    requestedBy: NOTE.by,
    reason: NOTE.reason,
  });
  const read = () => admin.findMigration(migrationId);
  const reach = async (wantedStatuses: readonly Status[]): Promise<Migration> => {
    const giveUpAt = performance.now() + timeoutMs;
    for (;;) {
      const migration = await read();
      if (wantedStatuses.includes(migration.status)) return migration;
      if (OVER.includes(migration.status) || (await isStopped()))
        throw new Error(
          `${migrationId} is ${statusWords(migration.status)}: ${migration.failure?.cause ?? 'it has stopped'}`,
        );
      if (performance.now() > giveUpAt)
        throw new Error(`${migrationId} is still ${statusWords(migration.status)} after ${timeoutMs} ms`);
      await sleep(POLL_MS);
    }
  };
  const isStopped = async () => (await admin.readStatus(migrationId)).execution === 'stopped';
  return {
    migrationId,
    read,
    flipped: () => reach(AFTER_FLIP),
    completed: () => reach(['completed']),
    async rollBack() {
      await reach(['holding']);
      await admin.rollbackMigration(migrationId, NOTE);
      return reach(['rolledBack']);
    },
  };
};

/**
 * Runs a part of a test again and again while a tenant moves: before, during and after the flip. So it passes only if the
 * application works at every moment of a move.
 *
 * ```ts
 * const { runs } = await whileTenantMoves(stack, { tenantId, toTier: 'advanced', rollsBack: true }, async () => {
 *   await saveGrade(tenantId, grade);
 *   expect(await readGrade(tenantId)).toEqual(grade);
 * });
 * ```
 *
 * @param request `rollsBack`: true to move the tenant back afterwards. Default: false.
 * @returns the number of runs, and the migration when it had ended.
 * @throws the error of `work`, at once: the move continues. @throws Error if the move fails
 */
export const whileTenantMoves = async (
  stack: TestStack,
  { rollsBack = false, ...request }: MoveRequest & { readonly rollsBack?: boolean },
  work: () => Promise<unknown>,
): Promise<{ readonly runs: number; readonly migration: Migration }> => {
  const move = await startMove(stack, rollsBack ? { holdMs: LONG_HOLD_MS, ...request } : request);
  let runs = 0;
  let isOver = false;
  const ended = (async () => {
    try {
      if (!rollsBack) return await move.completed();
      await move.flipped();
      const before = runs;
      // at least one whole run sees the target live
      while (runs < before + 2 && !isOver) await sleep(POLL_MS);
      return await move.rollBack();
    } finally {
      isOver = true;
    }
  })();
  // reported once the work has ended
  ended.catch(() => undefined);
  try {
    do {
      await work();
      runs += 1;
      // lets the move proceed if the work never waits
      await sleep(1);
    } while (!isOver);
  } finally {
    isOver = true;
  }
  const migration = await ended;
  await work();
  return { runs: runs + 1, migration };
};
