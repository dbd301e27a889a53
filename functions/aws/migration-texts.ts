import * as z from 'zod';
import type { ForeignKeys, ForeignWrites } from '../migration/compare/foreign-writes-port.ts';
import type { FenceKeys } from '../migration/cutover/fence-keys-port.ts';
import { IndexCheckProgress, UnfinishedIndexValues } from '../migration/indexes/index-check.ts';
import type { IndexCheckRecords } from '../migration/indexes/index-checks-port.ts';
import { byKeyOrder } from '../migration/items/items.ts';
import { CapturedKey } from '../migration/journal/journal-port.ts';
import type { EntityKey, MigrationId } from '../migration/names.ts';
import type { Plan } from '../migration/plan/plan.ts';
import type { Plans } from '../migration/plan/plans-port.ts';
import { named } from '../migration/record-fields.ts';
import type { Report } from '../migration/report/report.ts';
import type { Reports } from '../migration/report/reports-port.ts';
import { LongTexts } from './long-text.ts';
import { partLocation } from './migration-parts.ts';
import { asciiJson, jsonDocument, jsonText } from './parsing.ts';
import type { Records } from './records.ts';

const PlanText = jsonDocument<Plan>('tenantId', 'findings', 'survey', 'estimate');
const ForeignText = jsonDocument<ForeignKeys>('differences');
const SentinelsText = jsonText.pipe(z.object({ sentinels: z.array(CapturedKey) }));
const KeysText = jsonText.pipe(z.object({ keys: z.array(named.text<EntityKey>()) }));
const IndexesText = jsonText.pipe(IndexCheckProgress);
const IndexValuesText = jsonText.pipe(z.object({ reading: UnfinishedIndexValues.optional() }));
const ReportText = jsonDocument<Report>('migrationId', 'outcome', 'units', 'sha256');

/** Stores `PLAN`, `REPORT`, `FOREIGN`, `SENTINELS`, `HOT`, `PAST_LEASES`, `INDEXES` and `INDEX_VALUES` of a migration. */
export const migrationTextsIn = (
  records: Records,
  table: string,
): Plans & Reports & ForeignWrites & FenceKeys & IndexCheckRecords => {
  const texts = new LongTexts(records, table);
  const save = (migrationId: MigrationId, part: string, value: object) =>
    texts.save(migrationId, part, asciiJson(value));
  const load = async <T>(schema: z.ZodType<T>, migrationId: MigrationId, part: string) => {
    const text = await texts.load(migrationId, part);
    if (text === undefined) return undefined;
    return records.parse(z.object({ text: schema }), partLocation(table, migrationId, part), { text }).text;
  };
  return {
    savePlan: (id, plan) => save(id, 'PLAN', plan),
    plan: (id) => load(PlanText, id, 'PLAN'),

    // with a thousand keys of 1 KB each it is larger than an item
    saveReport: (id, report) => save(id, 'REPORT', report),
    report: (id) => load(ReportText, id, 'REPORT'),

    saveForeign: (id, foreign) => save(id, 'FOREIGN', foreign),
    foreign: async (id) => (await load(ForeignText, id, 'FOREIGN')) ?? { differences: [] },

    saveFenceSentinels: (id, sentinels) =>
      save(id, 'SENTINELS', { sentinels: [...sentinels].sort((a, b) => byKeyOrder(a.key, b.key)) }),
    fenceSentinels: async (id) => (await load(SentinelsText, id, 'SENTINELS'))?.sentinels ?? [],

    saveHotKeys: (id, keys) => save(id, 'HOT', { keys }),
    hotKeys: async (id) => (await load(KeysText, id, 'HOT'))?.keys ?? [],

    saveKeysPastLeases: (id, keys) => save(id, 'PAST_LEASES', { keys }),
    keysPastLeases: async (id) => (await load(KeysText, id, 'PAST_LEASES'))?.keys ?? [],

    saveIndexChecks: (id, checks) => save(id, 'INDEXES', checks),
    indexChecks: (id) => load(IndexesText, id, 'INDEXES'),

    saveIndexValues: (id, reading) => save(id, 'INDEX_VALUES', { reading }),
    indexValues: async (id) => (await load(IndexValuesText, id, 'INDEX_VALUES'))?.reading,
  };
};
