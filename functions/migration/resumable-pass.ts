import { SegmentUnfinished, Throttled } from './errors.ts';
import type { EntityKey } from './names.ts';
import { OWN_LIMIT } from './pacer.ts';

/** A pass over a range in key order that can go on behind any key. */
interface ResumablePass<Read> {
  /** The last key of an earlier slice; absent to begin at the range's start. */
  readonly after: EntityKey | undefined;
  /** Reads that end with the slice, as `PacedReads` with `endWithSlice` do. */
  readonly pages: (after: EntityKey | undefined) => AsyncIterable<Read>;
  /** Takes what was read. @returns the key up to which everything has been taken, if it is another one now */
  readonly see: (read: Read) => Promise<EntityKey | undefined>;
  /** Saves the cursor and what was found up to it. */
  readonly save: (through: EntityKey) => Promise<void>;
}

/**
 * Goes through a range until its end. A pass that comes to the end of its slice, or is throttled until then, takes what has
 * been read and saves its cursor: the state machine runs the step again, as long as the cursor moves. A slice in which other
 * workers had all that the migration's limit allows is followed by another, too.
 * @throws SegmentUnfinished once the cursor is saved. @throws Throttled if DynamoDB let the slice get no further.
 */
export const resumably = async <Read>(pass: ResumablePass<Read>): Promise<void> => {
  let through: EntityKey | undefined;
  try {
    for await (const read of pass.pages(pass.after)) through = (await pass.see(read)) ?? through;
  } catch (error) {
    if (!(error instanceof Throttled)) throw error;
    if (through !== undefined) await pass.save(through);
    else if (!error.reasons.includes(OWN_LIMIT)) throw error;
    throw new SegmentUnfinished('the slice is over and the cursor is saved; the step goes on from there', {
      cause: error,
    });
  }
};
