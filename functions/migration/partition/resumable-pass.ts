import { SegmentUnfinished, Throttled } from '../errors.ts';
import type { EntityKey } from '../names.ts';
import { OWN_LIMIT } from './pacer.ts';

/** A pass over a range in key order that can resume after any key. */
interface ResumablePass<Read> {
  /** The last key of an earlier slice; absent to start at the beginning of the range. */
  readonly after: EntityKey | undefined;
  /** Reads pages until the slice ends, as `PacedReads` with `endWithSlice` do. */
  readonly pages: (after: EntityKey | undefined) => AsyncIterable<Read>;
  /** Processes a page. @returns the key up to which everything has been processed, if it has changed */
  readonly see: (read: Read) => Promise<EntityKey | undefined>;
  /** Saves the cursor and the findings up to it. */
  readonly save: (through: EntityKey) => Promise<void>;
}

/**
 * Runs a pass over a range to its end. If the slice ends first, or is throttled until then, the pass processes what was
 * read and saves its cursor. The state machine runs the step again as long as the cursor moves. It also does so after a
 * slice in which other workers used up the migration's limit.
 * @throws SegmentUnfinished once the cursor is saved.
 * @throws Throttled if DynamoDB's throttling left the slice without progress.
 */
export const runResumablePass = async <Read>(pass: ResumablePass<Read>): Promise<void> => {
  let through: EntityKey | undefined;
  try {
    for await (const read of pass.pages(pass.after)) through = (await pass.see(read)) ?? through;
  } catch (error) {
    if (!(error instanceof Throttled)) throw error;
    if (through !== undefined) await pass.save(through);
    else if (!error.reasons.includes(OWN_LIMIT)) throw error;
    throw new SegmentUnfinished(
      'the slice has ended and the cursor is saved; the step continues from there',
      {
        cause: error,
      },
    );
  }
};
