import { SegmentUnfinished, Throttled } from './errors.ts';
import { type Item, keyOf } from './items.ts';
import type { EntityKey } from './names.ts';
import type { Clock, Slice } from './ports.ts';

/** A pass over a range in key order that can go on behind any key. */
interface ResumablePass<Read> {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Where an earlier slice stopped; absent to begin at the range's start. */
  readonly after: EntityKey | undefined;
  /** Absent to go on to the end. */
  readonly slice: Slice | undefined;
  readonly pages: (after: EntityKey | undefined) => AsyncIterable<Read>;
  /** Takes what was read. @returns the last item of it, if there is one */
  readonly see: (read: Read) => Promise<Item | undefined>;
  /** Saves the cursor and what was found up to it. */
  readonly save: (through: EntityKey) => Promise<void>;
}

/**
 * Goes through a range until its end. A pass that comes to the end of its slice, or is throttled until then, saves its
 * cursor: the state machine runs the step again, without a bound, as long as the cursor moves.
 * @throws SegmentUnfinished once the cursor is saved. @throws Throttled if the slice brought it no further.
 */
export const resumably = async <Read>(pass: ResumablePass<Read>): Promise<void> => {
  let through: EntityKey | undefined;
  const isOver = () => pass.slice !== undefined && pass.clock.monotonic() >= pass.slice.deadline;
  const unfinished = async (at: EntityKey, options?: ErrorOptions) => {
    await pass.save(at);
    return new SegmentUnfinished(
      'the slice is over and the cursor is saved; the step goes on from there',
      options,
    );
  };
  try {
    for await (const read of pass.pages(pass.after)) {
      const last = await pass.see(read);
      if (last) through = keyOf(last);
      if (through !== undefined && isOver()) throw await unfinished(through);
    }
  } catch (error) {
    if (error instanceof Throttled && through !== undefined)
      throw await unfinished(through, { cause: error });
    throw error;
  }
};
