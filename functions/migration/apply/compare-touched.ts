import { CutoverOverBudget } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import type { Budget } from '../routing/budget.ts';
import { compareKeys } from './compare-keys.ts';
import type { Way } from './way.ts';

/** Keys that are read between two looks at the budget. */
const SHARE = 800;

/** A comparison that runs beside other work under the fence. */
export interface TouchedComparison {
  /** True once every touched key has been compared. @throws what it failed with, CutoverOverBudget among it */
  isDone(): boolean;
  /** Ends it, and returns when nothing of it is under way any more. */
  end(): Promise<void>;
}

/**
 * Begins to compare touched keys under the fence by consistent reads, once no router can write any more. If a key differs,
 * a change of the live side was not delivered, or not yet: the key is marked, so that the live side's value is applied.
 * @param touchedFrom the comparison round from which on keys are touched.
 */
export const compareTouched = (
  ports: Ports,
  { migrationId, tenantId }: Migration,
  way: Way,
  { touchedFrom, budget }: { readonly touchedFrom: number; readonly budget: Budget },
): TouchedComparison => {
  // some more may have come since they were counted
  const most = 2 * ports.settings.fencedKeys + SHARE;
  let isEnded = false;
  let isDone = false;
  let failure: unknown;
  const compare = async () => {
    const touched = await ports.journal.touched(migrationId, way.from.side, touchedFrom, most);
    if (touched.length >= most)
      throw new CutoverOverBudget(
        `${most} or more keys were touched; they are compared while the tenant is written`,
      );
    for (let n = 0; n < touched.length && !isEnded; n += SHARE) {
      budget.check();
      const keys = touched.slice(n, n + SHARE).map((key) => ({ key, sequence: '', token: '' }));
      for await (const looked of compareKeys(ports, tenantId, way, keys)) {
        const changes = looked
          .filter(({ decision }) => decision.kind !== 'same')
          .map(({ mark: { key } }) => ({ key, sequence: 'compared' }));
        if (changes.length > 0) await ports.journal.mark(migrationId, way.from.side, changes);
      }
    }
    isDone = true;
  };
  const running = compare().catch((error: unknown) => {
    failure = error;
  });
  return {
    isDone: () => {
      if (failure !== undefined) throw failure;
      return isDone;
    },
    end: async () => {
      isEnded = true;
      await running;
    },
  };
};
