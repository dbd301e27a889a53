import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseSettings, settingsSchema } from '../../functions/migration/settings/settings.ts';

const text = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');
/** The settings that the page lists, with their defaults as it words them. */
const documented = new Map(
  [...text.matchAll(/^\| `([\w.]+)` \| ([^|]+) \|/gm)].map(([, name = '', value = '']) => [
    name,
    value.trim(),
  ]),
);
const defaults = parseSettings({});
const isGroup = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** Settings that are documented as a whole. */
const WHOLE = ['tableDesign', 'prices'];

/** Returns the names of all settings with their defaults; those of a group have its name: `admission.total`. */
const expected = new Map(
  Object.keys(settingsSchema.shape).flatMap((name): [string, unknown][] => {
    const value: unknown = defaults[name as keyof typeof defaults];
    if (!isGroup(value) || WHOLE.includes(name)) return [[name, value]];
    return Object.entries(value).map(([part, one]) => [`${name}.${part}`, one]);
  }),
);

test('docs/settings.md lists every setting, and no other', () => {
  expect([...documented.keys()].sort()).toEqual([...expected.keys()].sort());
});

test('docs/settings.md names the default of every setting that is a number or a word', () => {
  for (const [name, value] of expected)
    if (typeof value === 'number' || typeof value === 'string')
      expect({ name, value: documented.get(name)?.replaceAll('`', '') }).toEqual({ name, value: `${value}` });
});
