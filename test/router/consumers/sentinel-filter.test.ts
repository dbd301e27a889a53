import { describe, expect, test } from 'vitest';
import { sentinelItem, sentinelKey } from '../../../functions/migration/items/sentinel.ts';
import { isTierferryRecord, WITHOUT_SENTINELS } from '../../../functions/router/router.ts';
import { eventRecord } from '../../../scripts/local/streams/stream-event.ts';
import { filterOf } from '../../../scripts/local/strict/mappings/event-filter.ts';
import { newTenantId } from '../../support/records.ts';

const tenantId = newTenantId();
const sentinel = sentinelItem(tenantId, sentinelKey(undefined, 'nonce'));
const student = { tenantId: { S: tenantId }, entityKey: { S: 'STUDENT#1' }, name: { S: 'tierferry' } };

/** The records of an item's life, with the images of the stream's view. */
const recordsOf = (item: typeof student | typeof sentinel, view: 'images' | 'keys') => {
  const Keys = { tenantId: { S: tenantId }, entityKey: item.entityKey ?? { S: '' } };
  const images = (given: object) => (view === 'images' ? given : {});
  return [
    { eventName: 'INSERT' as const, dynamodb: { Keys, ...images({ NewImage: item }) } },
    { eventName: 'MODIFY' as const, dynamodb: { Keys, ...images({ NewImage: item, OldImage: item }) } },
    { eventName: 'REMOVE' as const, dynamodb: { Keys, ...images({ OldImage: item }) } },
  ].map((record) => eventRecord('arn:aws:dynamodb:us-east-1:1:table/basic/stream/1', record));
};
const passes = filterOf([WITHOUT_SENTINELS]);

describe("the filter of a consumer's event source mapping", () => {
  test("passes every record of the application's items", () => {
    expect(recordsOf(student, 'images').map(passes)).toEqual([true, true, true]);
    expect(recordsOf(student, 'keys').map(passes)).toEqual([true, true, true]);
  });

  test('leaves out every record of a sentinel', () => {
    expect(recordsOf(sentinel, 'images').map(passes)).toEqual([false, false, false]);
  });

  test('passes sentinels from a stream without images, which isTierferryRecord recognises', () => {
    const records = recordsOf(sentinel, 'keys');
    expect(records.map(passes)).toEqual([true, true, true]);
    expect(records.map((record) => isTierferryRecord(record))).toEqual([true, true, true]);
    expect(recordsOf(student, 'keys').some((record) => isTierferryRecord(record))).toBe(false);
  });
});
