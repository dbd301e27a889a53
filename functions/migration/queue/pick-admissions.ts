import * as z from 'zod';
import type { Migration } from '../migration.ts';
import type { EpochMs, MigrationId, TableName, TierName } from '../names.ts';
import { type FieldsOf, named } from '../record-fields.ts';
import type { Settings } from '../settings/settings.ts';

/** Admission slot of a migration that may run and has not flipped yet. */
export const AdmissionSlot = z.object({
  migrationId: named.text<MigrationId>(),
  source: named.text<TableName>(),
  /** The tier whose shared tables are the possible targets; absent if the target is a dedicated table. */
  target: named.text<TierName>().optional(),
  at: named.number<EpochMs>(),
});
export type AdmissionSlot = FieldsOf<typeof AdmissionSlot>;

/**
 * Picks the queued migrations to start now, within the limits: urgent tenants first, then the oldest request. A migration
 * blocked on its tables does not block migrations of other tables.
 */
export const pickAdmissions = (
  { admission }: Pick<Settings, 'admission'>,
  admitted: readonly AdmissionSlot[],
  waiting: readonly Migration[],
  now: EpochMs,
): readonly AdmissionSlot[] => {
  const all = [...admitted];
  for (const migration of [...waiting].sort(byAdmissionOrder)) {
    const next = slotOf(migration, now);
    if (isWithinLimits(admission, all, next)) all.push(next);
  }
  return all.slice(admitted.length);
};

/** True if the limits would admit the migration if the queue were empty. */
export const couldBeAdmitted = (
  { admission }: Pick<Settings, 'admission'>,
  admitted: readonly AdmissionSlot[],
  migration: Migration,
): boolean => isWithinLimits(admission, admitted, slotOf(migration, migration.requestedAt));

/** Compares two migrations by their order in the queue. */
export const byAdmissionOrder = (a: Migration, b: Migration): number =>
  Number(b.urgent ?? false) - Number(a.urgent ?? false) ||
  a.requestedAt - b.requestedAt ||
  (a.migrationId < b.migrationId ? -1 : 1);

/**
 * Returns the migration's admission slot. The target table is chosen later, the fullest of its tier that has a free slot. So
 * the limit per target applies to all shared tables of the tier together.
 */
export const slotOf = ({ migrationId, source, target }: Migration, at: EpochMs): AdmissionSlot => ({
  migrationId,
  source: source.table,
  target: target.placement === 'shared' ? target.tier : undefined,
  at,
});

/** A limit of the admission that keeps a migration waiting. */
export const ADMISSION_LIMITS = ['total', 'perSource', 'perTarget'] as const;
export type AdmissionLimit = (typeof ADMISSION_LIMITS)[number];

/** Returns the limit that keeps a migration waiting; undefined if none does, and it is admitted with the next change. */
export const limitReached = (
  { admission }: Pick<Settings, 'admission'>,
  admitted: readonly AdmissionSlot[],
  migration: Migration,
): AdmissionLimit | undefined => reached(admission, admitted, slotOf(migration, migration.requestedAt));

const isWithinLimits = (
  admission: Settings['admission'],
  all: readonly AdmissionSlot[],
  next: AdmissionSlot,
): boolean => reached(admission, all, next) === undefined;

const reached = (
  { total, perSource, perTarget }: Settings['admission'],
  all: readonly AdmissionSlot[],
  { source, target }: AdmissionSlot,
): AdmissionLimit | undefined => {
  if (all.length >= total) return 'total';
  if (all.filter((one) => one.source === source).length >= perSource) return 'perSource';
  const isFull = target !== undefined && all.filter((one) => one.target === target).length >= perTarget;
  return isFull ? 'perTarget' : undefined;
};
