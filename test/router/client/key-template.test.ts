import { describe, expect, test } from 'vitest';
import { compileTemplate, compileTemplates } from '../../../functions/router/client/key-template.ts';

describe('a template finds the tenant in a key', () => {
  test.each([
    ['{tenant}', 'cedar-valley', 'cedar-valley'],
    ['{tenant}', 'School of Rock: a/b=c+d@e_f.g', 'School of Rock: a/b=c+d@e_f.g'],
    ['{tenant}', 'Grundschule Süd', 'Grundschule Süd'],
    ['TENANT#{tenant}', 'TENANT#cedar-valley', 'cedar-valley'],
    ['TENANT#{tenant}#{0..15}', 'TENANT#cedar-valley#15', 'cedar-valley'],
    ['{tenant}#{rest}', 'cedar-valley#STUDENT#7\n', 'cedar-valley'],
    ['{tenant}#{rest}', 'cedar-valley#', 'cedar-valley'],
    ['a.b|{tenant}', 'a.b|x', 'x'],
  ])('%s in %j: %s', (template, value, tenant) => {
    expect(compileTemplate(template)(value)).toBe(tenant);
  });

  test.each([
    ['{tenant}', ''],
    ['{tenant}', 'GLOBAL#CONFIG'],
    ['TENANT#{tenant}', 'cedar-valley'],
    ['TENANT#{tenant}', 'tenant#cedar-valley'],
    ['TENANT#{tenant}', 'TENANT#cedar-valley#1'],
    ['TENANT#{tenant}#{0..15}', 'TENANT#cedar-valley#16'],
    ['TENANT#{tenant}#{0..15}', 'TENANT#cedar-valley#01'],
    ['a.b|{tenant}', 'aXb|x'],
    ['a.b|{tenant}', 'x'],
  ])('%s does not match %j', (template, value) => {
    expect(compileTemplate(template)(value)).toBeUndefined();
  });

  test('of several templates the first that matches', () => {
    const tenantIn = compileTemplates(['T#{tenant}', 'USERS#{tenant}']);
    expect(['T#a', 'USERS#b', 'c'].map(tenantIn)).toEqual(['a', 'b', undefined]);
  });
});

test.each([
  ['TENANT', /must contain \{tenant\} once/],
  ['{tenant}#{tenant}', /once/],
  ['{tenant}#{school}', /\{school\} is not a placeholder/],
  ['{tenant}#{5..3}', /1 to 1000 numbers/],
  ['{tenant}#{0..5000}', /1 to 1000 numbers/],
  ['{tenant}{0..15}', /followed by a character that no tenant id contains/],
  ['{tenant}-{0..15}', /followed by a character that no tenant id contains/],
  ['{tenant}{rest}', /followed by a character that no tenant id contains/],
])('%s is no template', (template, message) => {
  expect(() => compileTemplate(template)).toThrow(message);
});

test('keys without a template are refused', () => {
  expect(() => compileTemplates([])).toThrow(TypeError);
});
