import { expect, test } from 'vitest';
import type { Call, Operation } from './history.ts';
import { findIndexViolations, type IndexRead } from './index-reads.ts';

const operation = (
  calledAt: number,
  call: Call,
  is: 'written' | 'unknown' = 'written',
  answeredAt = calledAt + 10,
): Operation => ({ key: 'A', client: 0, call, calledAt, answeredAt, outcome: { is } });
const read = (calledAt: number, value: string | undefined, tenantId = 't', key = 'A'): IndexRead => ({
  calledAt,
  answeredAt: calledAt + 10,
  items: [{ tenantId, key, value }],
});
const put = (value: string): Call => ({ kind: 'put', value });

test('an index may lag for a short time only', () => {
  const operations = [operation(0, put('old')), operation(100, { kind: 'delete' })];
  expect(findIndexViolations([read(2_000, 'old')], operations, 't')).toEqual([]);
  expect(findIndexViolations([read(4_000, 'old')], operations, 't')).toEqual([
    'an index returned old of A 3890 ms after it was replaced',
  ]);
});

test('a write with an unknown outcome may take effect at any time', () => {
  const operations = [operation(0, put('unknown'), 'unknown'), operation(100, put('next'))];
  expect(findIndexViolations([read(9_000, 'unknown')], operations, 't')).toEqual([]);
});

test('a write that overlaps with another has not been replaced by it', () => {
  const operations = [operation(0, put('one'), 'written', 200), operation(100, put('other'))];
  expect(findIndexViolations([read(9_000, 'one')], operations, 't')).toEqual([]);
});

test('a value that was never written, or that belongs to another tenant, is reported', () => {
  const operations = [operation(100, put('value'))];
  const reads = [read(0, 'value'), read(200, 'another'), read(200, 'value', 'u'), read(200, 'any', 't', 'B')];
  expect(findIndexViolations(reads, operations, 't')).toEqual([
    'an index returned value of A, never written',
    'an index returned another of A, never written',
    'an index returned an item of u under A',
  ]);
});
