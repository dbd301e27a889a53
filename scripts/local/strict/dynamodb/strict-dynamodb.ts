import { inOrder, type Send } from './call.ts';
import { lateRecovery } from './control-plane/late-recovery.ts';
import { limitedChanges } from './control-plane/limited-changes.ts';
import { limitedRates } from './control-plane/limited-rates.ts';
import { slowBackups } from './control-plane/slow-backups.ts';
import { slowIndexes } from './control-plane/slow-indexes.ts';
import { slowTables } from './control-plane/slow-tables.ts';
import { TableStates } from './control-plane/table-states.ts';
import type { DynamoDbSettings } from './dynamodb-settings.ts';
import { limitedBatchReads } from './throughput/limited-batch-reads.ts';
import { limitedBatchWrites } from './throughput/limited-batch-writes.ts';
import { limitedReads } from './throughput/limited-reads.ts';
import { limitedStatements } from './throughput/limited-statements.ts';
import { limitedTransactions } from './throughput/limited-transactions.ts';
import { limitedWrites } from './throughput/limited-writes.ts';
import { TableDesigns } from './throughput/table-designs.ts';
import { Throughput } from './throughput/throughput.ts';

/**
 * Makes an engine answer as AWS is documented to. Each rule receives the answers of the rules after it, so a rule that
 * refuses a change comes before the one that begins it.
 * @param now returns ms; for tests.
 * @returns a function that puts all rules, with their own state, in front of an engine.
 */
export const strictDynamoDb =
  (settings: DynamoDbSettings, now: () => number = () => performance.now()) =>
  (engine: Send): Send => {
    const tables = new TableStates(now);
    const designs = new TableDesigns();
    const throughput = new Throughput(settings, now);
    return inOrder(
      [
        limitedRates(settings, now),
        limitedChanges(settings, tables),
        lateRecovery(settings, tables),
        slowBackups(settings, tables),
        slowTables(settings, tables),
        slowIndexes(settings, tables),
        designs.rule,
        limitedBatchReads(designs, throughput),
        limitedReads(designs, throughput),
        // these rules read old items without using units, so they come after the rules of reads
        limitedStatements(designs, throughput),
        limitedTransactions(designs, throughput),
        limitedBatchWrites(designs, throughput),
        limitedWrites(designs, throughput),
      ],
      engine,
    );
  };
