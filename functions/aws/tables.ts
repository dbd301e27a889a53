import type { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import {
  DeleteTableCommand,
  type DynamoDBClient,
  ScanCommand,
  type ScanCommandInput,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { TableNotFound } from '../migration/errors.ts';
import { DEFAULT_LAYOUT, type KeyLayout } from '../migration/items/key-layout.ts';
import type { TableAdmin } from '../migration/provision/tables-port.ts';
import { SENTINEL_ATTRIBUTE, SENTINEL_VALUE, SENTINEL_WORD } from '../router/sentinel.ts';
import { backupsIn } from './backups.ts';
import { tableCall } from './table-calls.ts';
import { createTable } from './table-creation.ts';
import { describeTable, tableDescriptionsIn } from './table-descriptions.ts';
import { tableSettingsIn } from './table-settings.ts';

/**
 * Manages tier tables in DynamoDB.
 * @param autoScaling absent on an engine without that service.
 * @param layout the keys of the tier tables.
 */
export const tablesIn = (
  client: DynamoDBClient,
  autoScaling?: ApplicationAutoScalingClient,
  layout: KeyLayout = DEFAULT_LAYOUT,
): TableAdmin => ({
  ...tableDescriptionsIn(client, autoScaling),
  create: (table, design) => createTable(client, table, design),
  configure: tableSettingsIn(client).configure,
  ...backupsIn(client),

  async delete(table) {
    const found = await describeTable(client, table);
    if (!found || found.TableStatus === 'DELETING') return;
    if (found.DeletionProtectionEnabled) {
      await tableCall(table, () =>
        client.send(new UpdateTableCommand({ TableName: table, DeletionProtectionEnabled: false })),
      );
    }
    try {
      await tableCall(table, () => client.send(new DeleteTableCommand({ TableName: table })));
    } catch (error) {
      if (!(error instanceof TableNotFound)) throw error;
    }
  },

  async isEmpty(table) {
    let ExclusiveStartKey: ScanCommandInput['ExclusiveStartKey'];
    do {
      const page = await tableCall(table, () =>
        client.send(new ScanCommand({ TableName: table, ...itemsButSentinels(layout), ExclusiveStartKey })),
      );
      if (page.Count !== 0) return false;
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return true;
  },
});

/** Scans a few items at a time, and counts them without reading them: the first item of a tenant ends the scan. */
const itemsButSentinels = ({ tableKeys }: KeyLayout) =>
  ({
    Limit: 25,
    Select: 'COUNT',
    ConsistentRead: true,
    FilterExpression: 'attribute_not_exists(#attribute) OR #attribute <> :value OR NOT contains(#key, :word)',
    ExpressionAttributeNames: { '#attribute': SENTINEL_ATTRIBUTE, '#key': tableKeys.sortKey.name },
    ExpressionAttributeValues: { ':value': { S: SENTINEL_VALUE }, ':word': { S: SENTINEL_WORD } },
  }) as const satisfies Partial<ScanCommandInput>;
