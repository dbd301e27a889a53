import type { PostArgs } from '../../api/client.ts';

/** The form of a start, as it was typed. It outlives errors, reloads and a login that ends. */
export interface Draft {
  readonly reason: string;
  readonly cutover: 'automatic' | 'held';
  /** Hours; empty for the deployment's setting. */
  readonly hold: string;
  /** Write units per second; empty for no limit. */
  readonly write: string;
  /** Read units per second; empty for the deployment's limit. */
  readonly read: string;
  /** The tenant's id, typed to confirm a start that cannot be rolled back. */
  readonly confirm: string;
}

export const EMPTY_DRAFT: Draft = {
  ...{ reason: '', cutover: 'automatic', hold: '', write: '', read: '', confirm: '' },
};

const HOUR_MS = 60 * 60_000;
const MAX_CHARACTERS = 1_000;

/** Storage of the window: it ends with the tab. */
type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

const keyOf = (tenantId: string): string => `tierferry.start.${tenantId}`;

/** Reads what was typed for a tenant. What is not as it was written is left out. */
export const readDraft = (storage: DraftStorage, tenantId: string): Draft => {
  const text = storage.getItem(keyOf(tenantId));
  const kept: unknown = text === null ? undefined : parsed(text);
  if (typeof kept !== 'object' || kept === null) return EMPTY_DRAFT;
  const values = new Map<string, unknown>(Object.entries(kept));
  const textOf = (name: keyof Draft): string => {
    const value = values.get(name);
    return typeof value === 'string' ? value : '';
  };
  return {
    reason: textOf('reason'),
    cutover: textOf('cutover') === 'held' ? 'held' : 'automatic',
    ...{ hold: textOf('hold'), write: textOf('write'), read: textOf('read'), confirm: textOf('confirm') },
  };
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const keepDraft = (storage: DraftStorage, tenantId: string, draft: Draft): void => {
  try {
    storage.setItem(keyOf(tenantId), JSON.stringify(draft));
  } catch {
    // a window without storage: the form is kept as long as the page is open
  }
};

export const forgetDraft = (storage: DraftStorage, tenantId: string): void =>
  storage.removeItem(keyOf(tenantId));

/** The plan that a start quotes, with what decides whether the start can be undone. */
export interface PlanQuote {
  readonly tenantId: string;
  readonly migrationId: string;
  readonly etag: string;
  /** The deployment's hold, in ms. */
  readonly defaultHoldMs: number;
}

type Body = PostArgs<'/migrations'>['body'];
type PlanBody = PostArgs<'/plans'>['body'];
type To = PlanBody['to'];
export type Problems = Partial<Record<'reason' | 'hold' | 'write' | 'read' | 'confirm', string>>;

/** The hold that a draft asks for, in ms; undefined if what was typed is no time. */
const holdMsOf = ({ hold }: Pick<Draft, 'hold'>, defaultHoldMs: number): number | undefined => {
  if (hold.trim() === '') return defaultHoldMs;
  const hours = Number(hold);
  return Number.isFinite(hours) && hours >= 0 ? Math.round(hours * HOUR_MS) : undefined;
};

/** True if the source is deleted at once after the flip, so that no rollback is possible. */
export const isIrreversible = (draft: Draft, defaultHoldMs: number): boolean =>
  holdMsOf(draft, defaultHoldMs) === 0;

/** Returns what is wrong with a draft, by field. */
export const problemsOf = (draft: Draft, quoted: PlanQuote): Problems => {
  const units = 'Give a whole number of units of at least 1, or leave it empty.';
  return {
    ...problemOfReason(draft.reason),
    ...(holdMsOf(draft, quoted.defaultHoldMs) === undefined
      ? { hold: 'Give a number of hours of at least 0, or leave it empty.' }
      : {}),
    ...(areUnits(draft.write) ? {} : { write: units }),
    ...(areUnits(draft.read) ? {} : { read: units }),
    ...(isIrreversible(draft, quoted.defaultHoldMs) && draft.confirm !== quoted.tenantId
      ? { confirm: `Type ${quoted.tenantId}.` }
      : {}),
  };
};

/** Returns what is wrong with the reason of a start, which the audit trail takes. */
const problemOfReason = (reason: string): Pick<Problems, 'reason'> =>
  reason.trim() === '' ? { reason: 'Give a reason.' } : problemOfPlanReason(reason);

/** Returns what is wrong with the reason of a dry run, which may have none. */
export const problemOfPlanReason = (reason: string): Pick<Problems, 'reason'> =>
  reason.trim().length > MAX_CHARACTERS ? { reason: `Give at most ${MAX_CHARACTERS} characters.` } : {};

const areUnits = (text: string): boolean => {
  if (text.trim() === '') return true;
  const units = Number(text);
  return Number.isInteger(units) && units >= 1;
};

/** Returns the request of a dry run. A reason that was not typed is left out. */
export const planBody = (tenantId: string, to: To, reason: string): PlanBody => {
  const typed = reason.trim();
  return { tenantId, to, ...(typed === '' ? {} : { reason: typed }) };
};

/** Returns the request of a start. The draft has no problem. */
export const startBody = (draft: Draft, { migrationId, etag, defaultHoldMs }: PlanQuote): Body => {
  const { reason, cutover, hold, write, read } = draft;
  const holdMs = holdMsOf(draft, defaultHoldMs);
  return {
    plan: { migrationId, etag },
    holdCutover: cutover === 'held',
    ...(hold.trim() === '' || holdMs === undefined ? {} : { holdMs }),
    ...(write.trim() === '' ? {} : { writeUnitsPerSecond: Number(write) }),
    ...(read.trim() === '' ? {} : { readUnitsPerSecond: Number(read) }),
    reason: reason.trim(),
  };
};
