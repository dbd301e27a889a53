import { describe, expect, test } from 'vitest';
import {
  preferencesChange,
  preferencesOf,
} from '../../../functions/console/page/views/tenants/preferences.ts';
import {
  FILTERS,
  type Filters,
  isFiltered,
  ROWS,
  tenantRequest,
  withFirstPage,
} from '../../../functions/console/page/views/tenants/tenant-query.ts';

const request = (given: Partial<Filters>) => tenantRequest({ ...FILTERS, ...given });

describe('a request for a list of tenants', () => {
  test('without a filter asks for the first page by id', () => {
    expect(request({})).toEqual({
      ...{ query: { limit: ROWS }, nearRefusal: undefined, sortRefusal: undefined, sort: 'id' },
    });
  });

  test('has each filter that is set, and the cursor', () => {
    expect(request({ tier: 'basic', table: 't', sort: 'share', cursor: 'c' }).query).toEqual({
      ...{ tier: 'basic', table: 't', sort: 'share', cursor: 'c', limit: ROWS },
    });
  });

  test('that searches has no order and no share, and says why', () => {
    const { query, nearRefusal, sortRefusal } = request({ search: 'ce', near: '80', sort: 'name' });
    expect(query).toEqual({ search: 'ce', limit: ROWS });
    expect([nearRefusal, sortRefusal]).not.toContain(undefined);
  });

  test('for a share comes nearest first, whatever order the address has', () => {
    const { query, sort, sortRefusal } = request({ near: '80', sort: 'name' });
    expect([query, sort]).toEqual([{ near: 80, limit: ROWS }, 'share']);
    expect(sortRefusal).toBeDefined();
  });

  test('by the status of a migration may search and have a share', () => {
    expect(request({ status: 'copying', search: 'ce', near: '50', sort: 'name' }).query).toEqual({
      ...{ status: 'copying', search: 'ce', near: 50, limit: ROWS },
    });
  });

  test('for one table is not sorted by name, for which there is no index', () => {
    expect(request({ table: 't', sort: 'name' })).toMatchObject({ query: { table: 't' }, sort: 'id' });
    expect(request({ table: 't', sort: 'name' }).query).not.toHaveProperty('sort');
  });

  test('leaves out what the address has wrong', () => {
    expect(request({ status: 'completed', near: 'many', sort: 'size' }).query).toEqual({ limit: ROWS });
    expect(request({ near: '-1' }).query).toEqual({ limit: ROWS });
  });

  test('begins at the first page once a filter changes', () => {
    expect(withFirstPage({ tier: 'basic' })).toEqual({ tier: 'basic', cursor: '', page: '1' });
  });
});

test('an order and a page are no filters', () => {
  expect(isFiltered({ ...FILTERS, sort: 'name', cursor: 'c', page: '2' })).toBe(false);
  expect(isFiltered({ ...FILTERS, near: '80' })).toBe(true);
});

describe('preferences', () => {
  const saved = preferencesOf({ autoMigrate: 'off', pinnedTier: 'basic' });

  test('are read from the tenant’s record', () => {
    expect(saved).toEqual({ isAutomatic: false, pin: 'basic', wantsDedicated: false });
    expect(preferencesOf({})).toEqual({ isAutomatic: true, pin: 'none', wantsDedicated: false });
  });

  test('that are the same again make no request', () => {
    expect(preferencesChange(saved, { ...saved })).toBeUndefined();
  });

  test('are sent as far as they differ', () => {
    expect(preferencesChange(saved, { ...saved, isAutomatic: true })).toEqual({ autoMigrate: 'on' });
    expect(preferencesChange(saved, { isAutomatic: false, pin: 'none', wantsDedicated: true })).toEqual({
      ...{ pin: 'none', dedicated: true },
    });
  });
});
