import type { ProvisionedThroughputDescription, TableDescription } from '@aws-sdk/client-dynamodb';
import type { TableTraits, Throughput } from '../migration/provision/tables-port.ts';

/** The version of global tables that adds attributes to items. [Determining the version of a global table] */
const LEGACY_VERSION = '2017.11.29';
/** Value of a missing maximum, which DynamoDB returns instead of leaving the field out. [API reference, OnDemandThroughput] */
const NO_MAXIMUM = -1;

/** Returns the properties of a table that are not part of a table design. [API reference, TableDescription] */
export const traitsOf = (table: TableDescription): TableTraits => {
  const vectorIndexes = (table.VectorIndexes ?? []).flatMap(({ IndexName }) => IndexName ?? []);
  const replicas = (table.Replicas ?? []).flatMap(({ RegionName }) => RegionName ?? []);
  const { TableClass: tableClass } = table.TableClassSummary ?? {};
  const isOnDemand = table.BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST';
  const provisioned = isOnDemand ? undefined : provisionedOf(table.ProvisionedThroughput);
  const { ReadUnitsPerSecond: read, WriteUnitsPerSecond: write } = table.WarmThroughput ?? {};
  return {
    vectorIndexes: unlessEmpty(vectorIndexes),
    replicas: unlessEmpty(replicas),
    isLegacyGlobalTable: table.GlobalTableVersion === LEGACY_VERSION ? true : undefined,
    tableClass: tableClass === 'STANDARD' ? undefined : tableClass,
    provisioned,
    provisionedIndexes: provisioned && provisionedIndexesOf(table),
    mostOnDemand: maxOnDemandOf(table),
    warm: read === undefined || write === undefined ? undefined : { read, write },
  };
};

/**
 * Returns provisioned capacity. Both values are 0 for an on-demand table, even if its billing mode is left out. [API
 * reference, BillingModeSummary]
 */
const provisionedOf = ({
  ReadCapacityUnits: read = 0,
  WriteCapacityUnits: write = 0,
}: ProvisionedThroughputDescription = {}): Throughput | undefined =>
  read + write > 0 ? { read, write } : undefined;

const provisionedIndexesOf = ({
  GlobalSecondaryIndexes: indexes = [],
}: TableDescription): TableTraits['provisionedIndexes'] => {
  const provisionedIndexes = indexes.flatMap(({ IndexName: name = '', ProvisionedThroughput }) => {
    const provisioned = provisionedOf(ProvisionedThroughput);
    return provisioned ? [{ name, ...provisioned }] : [];
  });
  return unlessEmpty(provisionedIndexes);
};

const maxOnDemandOf = ({ OnDemandThroughput: most }: TableDescription): TableTraits['mostOnDemand'] => {
  const read = limitIn(most?.MaxReadRequestUnits);
  const write = limitIn(most?.MaxWriteRequestUnits);
  return read === undefined && write === undefined ? undefined : { read, write };
};

const unlessEmpty = <T>(list: readonly T[]): readonly T[] | undefined => (list.length > 0 ? list : undefined);

const limitIn = (units: number | undefined): number | undefined => (units === NO_MAXIMUM ? undefined : units);
