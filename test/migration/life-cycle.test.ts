import { describe, expect, test } from 'vitest';
import {
  isAhead,
  isClosed,
  isFlipped,
  mayChange,
  STATUSES,
  statusWords,
} from '../../functions/migration/life-cycle.ts';

const next = (from: (typeof STATUSES)[number]) => STATUSES.filter((to) => to !== from && mayChange(from, to));

describe('the life of a migration', () => {
  test('every status that is not closed leads to a closed one', () => {
    for (const status of STATUSES) {
      const reached = new Set([status]);
      for (const from of reached) for (const to of next(from)) reached.add(to);
      expect([...reached].some(isClosed), status).toBe(true);
    }
  });

  test('every status before the flip may roll back', () => {
    for (const status of STATUSES.filter(
      (one) => !isClosed(one) && !isFlipped(one) && one !== 'rollingBack',
    )) {
      expect(next(status), status).toContain('rollingBack');
    }
  });

  test('F11: a rollback ends, or returns to the hold', () => {
    expect(next('rollingBack')).toEqual(['holding', 'rolledBack', 'cancelled', 'failed']);
  });

  test('is told in sentences by the words of its status', () => {
    expect(STATUSES.filter((status) => statusWords(status) !== status).map(statusWords)).toEqual([
      ...['catching up', 'cutting over', 'cleaning up', 'rolling back', 'rolled back'],
    ]);
  });

  test('once clean-up has begun, no rollback is possible', () => {
    expect(next('cleaningUp')).toEqual(['completed']);
    expect(next('completed')).toEqual([]);
  });

  test('a closed status never changes again', () => {
    expect(STATUSES.filter(isClosed).flatMap(next)).toEqual([]);
  });

  test('forward transitions never go back', () => {
    for (const from of STATUSES)
      for (const to of STATUSES) if (isAhead(from, to)) expect(isAhead(to, from)).toBe(false);
  });
});
