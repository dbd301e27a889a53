import type { Side } from '../../functions/migration/route/route.ts';
import type { Move, Process } from './move.ts';
import { type Record, SENTINEL, type State, TABLES } from './state.ts';

/**
 * The handler of a table's stream, record by record. It reads the route, and journals the key if capture is armed on that
 * table. Records may be delivered again at any time.
 */
const captureOf =
  (side: Side): Process =>
  (state, guards) => {
    const who = `capture of the ${side}`;
    const stream = state.streams[side];
    const moves: Move[] = [];
    const take = (n: number, does: string) => {
      const record = stream[n];
      if (record === undefined) return;
      const rest = { ...state.streams, [side]: stream.filter((_, index) => index !== n) };
      const isChange = record < SENTINEL;
      const delivered = isChange
        ? { ...state.delivered, [side]: [...state.delivered[side], record] }
        : state.delivered;
      moves.push({
        who,
        does,
        to: journalled({ ...state, streams: rest, delivered }, side, record, guards.tokenIsNew()),
      });
    };
    const what = (stream[0] ?? 0) < SENTINEL ? 'a change' : 'a sentinel';
    take(0, isArmed(state, side) ? `journals ${what}` : `drops ${what}: it is not armed`);
    if (!guards.sentinelComesLast()) {
      const sentinel = stream.findIndex((record) => record >= SENTINEL);
      if (sentinel > 0) take(sentinel, 'journals a sentinel, before the change that came before it');
    }
    if (state.left.redeliveries > 0) {
      const left = { ...state.left, redeliveries: state.left.redeliveries - 1 };
      const again = guards.tokenIsNew() ? state.delivered[side].slice(-1) : state.delivered[side];
      for (const record of again)
        moves.push({
          who,
          does: 'is given an earlier change again, and journals it',
          to: journalled({ ...state, left }, side, record, guards.tokenIsNew()),
        });
    }
    return moves;
  };

const isArmed = ({ route }: State, side: Side): boolean => route.capture?.tables[side] === TABLES[side];

const journalled = (state: State, side: Side, record: Record, tokenIsNew: boolean): State => {
  if (!isArmed(state, side)) return state;
  if (record >= SENTINEL) {
    const seen = state.sentinels[side] | (1 << (record - SENTINEL));
    return { ...state, sentinels: { ...state.sentinels, [side]: seen } };
  }
  const token = tokenIsNew ? state.given : record;
  return { ...state, given: state.given + 1, entries: { ...state.entries, [side]: token } };
};

export const capture: readonly Process[] = [captureOf('source'), captureOf('target')];

export const placeSentinel = (state: State, sides: readonly Side[], of: 0 | 1 | 2): State => {
  const streams = { ...state.streams };
  const sentinels = { ...state.sentinels };
  for (const side of sides) {
    // a sentinel of an earlier try has another nonce, and proves nothing
    streams[side] = [...streams[side].filter((record) => record !== SENTINEL + of), SENTINEL + of];
    sentinels[side] &= ~(1 << of);
  }
  return { ...state, streams, sentinels };
};
