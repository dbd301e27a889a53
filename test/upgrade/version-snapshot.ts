import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import type { MigrationId } from '../../functions/migration/names.ts';
import { tenantIdSchema } from '../../functions/migration/settings/tenant-id.ts';
import { MACHINES, type MachineName } from '../../state-machines/machines.ts';

/*
 * Snapshots of versions: a folder per version beside this file, with its state machines as they were deployed, and open
 * migrations as its tables contained them. `take-snapshot.ts` writes the folder. It is never edited, and the rules of words do
 * not apply to it.
 */

const folderOf = (version: string): URL => new URL(`./${version}/`, import.meta.url);

/** An open migration of an earlier version, as it stood when a state was about to begin. */
export const MigrationSnapshot = z.strictObject({
  machine: z.enum(['tier-migration', 'rollback']),
  state: z.string(),
  /** Input of the state. */
  input: z.looseObject({
    migrationId: z.string().transform((id) => id as MigrationId),
    attempt: z.number(),
  }),
  tenantId: tenantIdSchema,
  settings: z.looseObject({}),
  /** Items of the control tables and of the tier tables, by table. */
  tables: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))),
});
export type MigrationSnapshot = z.output<typeof MigrationSnapshot>;

/** Settings of the migrations in snapshots: few items make two segments, and nothing waits. */
export const SNAPSHOT_SETTINGS = {
  pageItems: 5,
  leaseMs: 1,
  holdMs: 0,
  tiers: [
    { name: 'basic', placement: 'shared', maxSchools: 10, maxTenants: 100 },
    { name: 'advanced', placement: 'shared', maxSchools: 50, maxTenants: 100 },
  ],
};

/** Returns the versions of which there is a snapshot. */
export const snapshotVersions = (): string[] =>
  readdirSync(new URL('.', import.meta.url), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

export const readMigration = (version: string, name: string): MigrationSnapshot =>
  MigrationSnapshot.parse(JSON.parse(readFileSync(new URL(`${name}.json`, folderOf(version)), 'utf8')));

export const readDefinition = (version: string, machine: MachineName): string =>
  readFileSync(new URL(`${machine}.asl.json`, folderOf(version)), 'utf8');

/** Writes a version's folder. @throws Error if the version has a snapshot already */
export const writeVersion = (
  version: string,
  definitionOf: (machine: MachineName) => string,
  migrations: Readonly<Record<string, MigrationSnapshot>>,
): void => {
  const folder = folderOf(version);
  if (existsSync(folder))
    throw new Error(`test/upgrade/${version} exists. Delete it to take the snapshot again.`);
  mkdirSync(folder);
  for (const machine of MACHINES)
    writeFileSync(new URL(`${machine}.asl.json`, folder), `${definitionOf(machine)}\n`);
  for (const [name, migration] of Object.entries(migrations))
    writeFileSync(new URL(`${name}.json`, folder), toText(migration));
};

/** Returns a snapshot as JSON with one line per record, so that a difference shows which record has changed. */
const toText = ({ tables, ...migration }: MigrationSnapshot): string => {
  const facts = Object.entries(migration).map(([key, value]) => `  "${key}": ${JSON.stringify(value)},`);
  const records = Object.entries(tables).map(([table, items]) => {
    const lines = items.map((item) => `      ${JSON.stringify(item)}`);
    return `    "${table}": [${lines.length > 0 ? `\n${lines.join(',\n')}\n    ` : ''}]`;
  });
  return `${['{', ...facts, '  "tables": {', records.join(',\n'), '  }', '}'].join('\n')}\n`;
};
