import { readFileSync } from 'node:fs';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { beforeAll, expect, test } from 'vitest';

const FILE = new URL('../../../docs/api/openapi.json', import.meta.url);

let config: Awaited<ReturnType<typeof createConfig>>;
beforeAll(async () => {
  config = await createConfig({
    extends: ['recommended-strict'],
    rules: {
      // the document names no licence: the package does
      'info-license': 'off',
      // every unsuccessful answer is the default one
      'operation-4xx-response': 'off',
    },
  });
});

const findingsIn = async (source: string): Promise<string[]> =>
  (await lintFromString({ source, absoluteRef: 'openapi.json', config })).map(
    ({ ruleId, message, location: [at] }) => `${ruleId}: ${message} at ${at?.pointer}`,
  );

test('the linter finds nothing in the contract', async () => {
  expect(await findingsIn(readFileSync(FILE, 'utf8'))).toEqual([]);
});

test('it finds an undocumented path parameter, and an invalid schema', async () => {
  const document = JSON.parse(readFileSync(FILE, 'utf8'));
  document.paths['/api/tenants/{tenantId}'].get.parameters = [];
  document.components.schemas.Session.type = 'objekt';
  const found = await findingsIn(JSON.stringify(document));
  expect(found.some((finding) => finding.startsWith('path-parameters-defined'))).toBe(true);
  expect(found.some((finding) => finding.startsWith('struct'))).toBe(true);
});
