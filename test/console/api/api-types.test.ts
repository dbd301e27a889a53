import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { apiTypes } from '../../../scripts/build/api-types.ts';

const root = new URL('../../../', import.meta.url);

test("the page's types of the API match docs/api/openapi.json", async () => {
  const document = JSON.parse(readFileSync(new URL('docs/api/openapi.json', root), 'utf8'));
  const file = new URL('functions/console/page/api/schema.ts', root).pathname;
  await expect(apiTypes(document)).toMatchFileSnapshot(file);
});

test('a document becomes types: optional fields, records, choices and parameters', () => {
  const text = { type: 'string' };
  const one = {
    type: 'object',
    properties: {
      id: { ...text, description: 'Its name.' },
      kind: { type: 'string', enum: ['a', 'b'] },
      sizes: { type: 'object', propertyNames: text, additionalProperties: { type: 'number' } },
      next: { anyOf: [text, { type: 'null' }] },
    },
    required: ['id'],
  };
  const answer = {
    200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/One' } } } },
  };
  const parameters = [{ name: 'id', in: 'path', required: true, schema: text }];
  const get = { operationId: 'getOne', summary: 'Shows one.', parameters, responses: answer };
  const source = apiTypes({
    paths: { '/api/ones/{id}': { get } },
    components: { schemas: { One: one } },
  });
  expect(source).toContain(
    [
      'export type One = {',
      '  /** Its name. */',
      '  readonly id: string;',
      "  readonly kind?: 'a' | 'b';",
      '  readonly sizes?: Readonly<Record<string, number>>;',
      '  readonly next?: string | null;',
      '};',
    ].join('\n'),
  );
  expect(source).toContain("readonly '/ones/{id}': {\n    readonly params: { readonly id: string };");
});
