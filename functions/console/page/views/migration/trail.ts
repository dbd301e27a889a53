import type { Event } from '../../api/schema.ts';
import { STATUS_LABELS } from '../../parts/migration-status.tsx';

/** Events on one page of the trail. */
export const PAGE_EVENTS = 50;

/** An event with its place in the trail, which never changes. */
export interface NumberedEvent {
  readonly number: number;
  readonly event: Event;
}

/** True if a person caused the event, and not the workflow or a rule of growth. */
export const isByPerson = ({ by }: Event): boolean =>
  !/^(workflow|dispatcher|sweep|schools counted|growth|setup)\b/.test(by);

export interface TrailFilter {
  /** Text that the event's words, status or subject must contain. */
  readonly find: string;
  /** `people` for what persons asked for only. */
  readonly who: string;
}

/** Returns the events that a filter lets through, latest first. */
export const filteredTrail = (
  events: readonly Event[],
  { find, who }: TrailFilter,
): readonly NumberedEvent[] => {
  const wanted = find.trim().toLowerCase();
  const found: NumberedEvent[] = [];
  for (const [n, event] of events.entries()) {
    if (who === 'people' && !isByPerson(event)) continue;
    if (wanted !== '' && !textOf(event).includes(wanted)) continue;
    found.push({ number: n + 1, event });
  }
  return found.reverse();
};

const textOf = ({ by, reason, to }: Event): string => `${by} ${reason} ${STATUS_LABELS[to]}`.toLowerCase();

/**
 * Joins the events that are known with a tail that begins with the last of them.
 * @returns undefined if it does not: an event has come in before the end, by a clock that is behind.
 */
export const joinedTrail = (
  known: readonly Event[],
  tail: readonly Event[],
): readonly Event[] | undefined => {
  const [last, first] = [known.at(-1), tail[0]];
  if (!last) return tail;
  if (!first || !isSame(last, first)) return undefined;
  return tail.length === 1 ? known : [...known, ...tail.slice(1)];
};

const isSame = (a: Event, b: Event): boolean =>
  a.at === b.at && a.by === b.by && a.to === b.to && a.reason === b.reason;

/** A page of a list, with its number as far as there is such a page. */
export interface TrailPage<T> {
  readonly rows: readonly T[];
  readonly page: number;
  readonly pages: number;
  /** Place of the first row in the list, from 1; 0 if there is none. */
  readonly first: number;
}

/** Cuts one page out of a list. */
export const pageOf = <T>(all: readonly T[], wanted: number, size: number): TrailPage<T> => {
  const pages = Math.max(1, Math.ceil(all.length / size));
  const page = Math.min(pages, Math.max(1, Math.floor(wanted) || 1));
  const from = (page - 1) * size;
  return { rows: all.slice(from, from + size), page, pages, first: all.length === 0 ? 0 : from + 1 };
};

/** Says how the status changed; undefined for an event that leaves it as it is. */
export const changeWords = ({ from, to }: Event): string | undefined => {
  if (from === to) return undefined;
  return from === undefined ? 'Requested' : `${STATUS_LABELS[from]} → ${STATUS_LABELS[to]}`;
};
