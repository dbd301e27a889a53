import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { Records } from '../../functions/aws/records.ts';
import { TableNotFound, Throttled, Unavailable } from '../../functions/migration/errors.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type Plant, plantedClient } from '../support/planted-client.ts';

const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({
    message: 'Transaction cancelled',
    $metadata: {},
    CancellationReasons: codes.map((Code) => ({ Code })),
  });
const named = (name: string, more: object = {}) => Object.assign(new Error(name), { name }, more);

const recordsOn = (plant: Plant) => {
  const { client, calls } = plantedClient(plant);
  const clock = new FakeClock();
  return { records: new Records(DynamoDBDocumentClient.from(client), clock, () => 0.5), calls, clock };
};
const action = { Put: { TableName: 'a', Item: { id: '1' } } };

test('a transaction that conflicted with another is retried until it succeeds', async () => {
  const { records, calls, clock } = recordsOn((_, call) =>
    call < 4 ? cancelled('TransactionConflict', 'None') : {},
  );
  const before = clock.now();
  expect(await records.transact([action, action])).toEqual([]);
  expect(calls).toHaveLength(4);
  expect(clock.now()).toBeGreaterThan(before);
});

test('a transaction that never succeeds is throttled, with its reason', async () => {
  for (const code of ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']) {
    const reason = cancelled('None', code);
    const { records, calls } = recordsOn(() => reason);
    await expect(records.transact([action, action])).rejects.toMatchObject({
      name: 'Throttled',
      cause: reason,
    });
    expect(calls.length).toBeGreaterThan(3);
  }
});

test('a failed condition is an answer, even if another action had a conflict', async () => {
  const { records, calls } = recordsOn(() =>
    cancelled('None', 'ConditionalCheckFailed', 'TransactionConflict', 'ConditionalCheckFailed'),
  );
  expect(await records.transact([action, action, action, action])).toEqual([1, 3]);
  expect(calls).toHaveLength(1);
});

test('a transaction cancelled for any other reason is not retried', async () => {
  const reason = cancelled('ValidationError');
  const { records, calls } = recordsOn(() => reason);
  await expect(records.transact([action])).rejects.toBe(reason);
  expect(calls).toHaveLength(1);
});

test('errors of the service are translated in every call', async () => {
  const errors = [
    [named('ThrottlingException'), Throttled],
    [named('InternalServerError'), Unavailable],
    [named('anything', { $metadata: { httpStatusCode: 503 } }), Unavailable],
    [named('ResourceNotFoundException'), TableNotFound],
  ] as const;
  for (const [error, expected] of errors) {
    const { records } = recordsOn(() => error);
    const input = { TableName: 'a' };
    const update = { ...input, Key: { id: '1' }, UpdateExpression: 'REMOVE b' };
    const queried = { ...input, KeyConditionExpression: 'id = :i', ExpressionAttributeValues: { ':i': '1' } };
    for (const call of [
      () => records.get('a', { id: '1' }),
      () => records.put({ ...input, Item: { id: '1' } }),
      () => records.update(update),
      () => records.delete({ ...input, Key: { id: '1' } }),
      () => records.transact([action]),
      () => records.query(queried).next(),
      () => records.scan(input).next(),
    ]) {
      await expect(call()).rejects.toThrow(expected);
    }
  }
});

test('unprocessed records of a batch are read or written in another call, until none is left', async () => {
  const keys = ['1', '2', '3'].map((id) => ({ id }));
  // the fake answer is inserted before the SDK's own unmarshalling
  const wire = (id: string) => ({ id });
  const reading = recordsOn((_, call) =>
    call === 1
      ? { Responses: { a: [wire('1')] }, UnprocessedKeys: { a: { Keys: [wire('2'), wire('3')] } } }
      : { Responses: { a: [wire('2')] } },
  );
  expect(await reading.records.getMany('a', keys)).toEqual([{ id: '1' }, { id: '2' }]);
  expect(reading.calls).toHaveLength(2);
  const written: unknown[] = [];
  const writing = recordsOn((_, call, input) => {
    written.push(input);
    return call === 1 ? { UnprocessedItems: { a: [{ DeleteRequest: { Key: wire('3') } }] } } : {};
  });
  await writing.records.writeMany('a', [{ put: { id: '1' } }, { delete: { id: '3' } }]);
  expect(written).toEqual([
    { RequestItems: { a: [{ PutRequest: { Item: { id: '1' } } }, { DeleteRequest: { Key: { id: '3' } } }] } },
    { RequestItems: { a: [{ DeleteRequest: { Key: { id: '3' } } }] } },
  ]);
});

test('a batch with unprocessed records each time is throttled', async () => {
  const { records } = recordsOn(() => ({ UnprocessedKeys: { a: { Keys: [{ id: { S: '1' } }] } } }));
  await expect(records.getMany('a', [{ id: '1' }])).rejects.toThrow(Throttled);
});
