import * as z from 'zod';

/** The part of JSON Schema that the console's OpenAPI document uses. */
interface Schema {
  readonly $ref?: string | undefined;
  readonly const?: unknown;
  readonly enum?: readonly unknown[] | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly oneOf?: readonly Schema[] | undefined;
  readonly allOf?: readonly Schema[] | undefined;
  readonly type?: string | readonly string[] | undefined;
  readonly items?: Schema | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly propertyNames?: Schema | undefined;
  readonly additionalProperties?: Schema | boolean | undefined;
  readonly description?: string | undefined;
}
const Schema: z.ZodType<Schema> = z.lazy(() =>
  z.looseObject({
    $ref: z.string().optional(),
    const: z.unknown().optional(),
    enum: z.array(z.unknown()).optional(),
    anyOf: z.array(Schema).optional(),
    oneOf: z.array(Schema).optional(),
    allOf: z.array(Schema).optional(),
    type: z.union([z.string(), z.array(z.string())]).optional(),
    items: Schema.optional(),
    properties: z.record(z.string(), Schema).optional(),
    required: z.array(z.string()).optional(),
    propertyNames: Schema.optional(),
    additionalProperties: z.union([z.boolean(), Schema]).optional(),
    description: z.string().optional(),
  }),
);

const Content = z.record(z.string(), z.object({ schema: Schema }));
const Operation = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  parameters: z
    .array(z.object({ name: z.string(), in: z.string(), required: z.boolean().optional(), schema: Schema }))
    .default([]),
  requestBody: z.looseObject({ content: Content }).optional(),
  responses: z.record(z.string(), z.looseObject({ content: Content.optional() })),
});
type Operation = z.output<typeof Operation>;
const Document = z.looseObject({
  paths: z.record(z.string(), z.partialRecord(z.enum(['get', 'post']), Operation)),
  components: z.looseObject({ schemas: z.record(z.string(), Schema) }),
});

const HEAD = `/* Written by scripts/build/write-api-types.ts from docs/api/openapi.json; change the API instead. */
`;

/** Returns TypeScript source with the types of the API that an OpenAPI document describes. */
export const apiTypes = (openApi: unknown): string => {
  const { paths, components } = Document.parse(openApi);
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) => `${comment(schema.description, '')}export type ${name} = ${typeOf(schema, '')};\n`,
  );
  const of = (method: 'get' | 'post') =>
    Object.entries(paths).flatMap(([path, methods]) => {
      const operation = methods[method];
      const isJson = operation && 'application/json' in (answerOf(operation) ?? {});
      return isJson ? [operationType(path.replace('/api', ''), operation)] : [];
    });
  return [
    HEAD,
    ...schemas,
    '/** Documents that the API gives, by path. */\nexport interface Gets {',
    ...of('get'),
    '}\n',
    '/** Requests that change something, by path. */\nexport interface Posts {',
    ...of('post'),
    '}\n',
  ].join('\n');
};

const answerOf = ({ responses }: Operation) =>
  Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1].content;

const operationType = (path: string, operation: Operation): string => {
  const answer = answerOf(operation)?.['application/json']?.schema;
  const body = operation.requestBody?.content['application/json']?.schema;
  const fields = [
    `readonly params: ${parametersIn(operation, 'path')};`,
    `readonly query: ${parametersIn(operation, 'query')};`,
    ...(body ? [`readonly body: ${typeOf(body, '    ')};`] : []),
    `readonly answer: ${answer ? typeOf(answer, '    ') : 'unknown'};`,
  ];
  return `  /** ${operation.summary} */\n  readonly '${path}': {\n${fields.map((field) => `    ${field}`).join('\n')}\n  };`;
};

const parametersIn = ({ parameters }: Operation, place: string): string => {
  const here = parameters.filter((one) => one.in === place);
  if (here.length === 0) return 'object';
  const fields = here.map(
    ({ name, required, schema }) => `readonly ${name}${required ? '' : '?'}: ${typeOf(schema, '      ')}`,
  );
  return `{ ${fields.join('; ')} }`;
};

const typeOf = (schema: Schema, indent: string): string => {
  const { $ref, enum: values, anyOf, oneOf, allOf, type, items } = schema;
  const choices = anyOf ?? oneOf;
  if ($ref !== undefined) return $ref.split('/').at(-1) ?? 'unknown';
  if ('const' in schema && schema.const !== undefined) return literal(schema.const);
  if (values) return values.map(literal).join(' | ');
  if (choices) return choices.map((one) => typeOf(one, indent)).join(' | ');
  if (allOf) return allOf.map((one) => `(${typeOf(one, indent)})`).join(' & ');
  if (typeof type === 'object')
    return type.map((one) => typeOf({ ...schema, type: one }, indent)).join(' | ');
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'number':
    case 'integer':
      return 'number';
    case 'array': {
      const item = items ? typeOf(items, indent) : 'unknown';
      return `readonly ${/[|\n ]/.test(item) && !item.startsWith('{') ? `(${item})` : item}[]`;
    }
    case 'object':
      return objectType(schema, indent);
    default:
      return 'unknown';
  }
};

const objectType = (schema: Schema, indent: string): string => {
  const { properties, required = [], propertyNames, additionalProperties } = schema;
  if (!properties) {
    const value = typeof additionalProperties === 'object' ? typeOf(additionalProperties, indent) : 'unknown';
    const names = propertyNames?.enum;
    if (!names) return `Readonly<Record<string, ${value}>>`;
    return `{ readonly [Name in ${names.map(literal).join(' | ')}]?: ${value} }`;
  }
  const inner = `${indent}  `;
  const fields = Object.entries(properties).map(
    ([name, field]) =>
      `${comment(field.description, inner)}${inner}readonly ${/^\w+$/.test(name) ? name : `'${name}'`}${required.includes(name) ? '' : '?'}: ${typeOf(field, inner)};\n`,
  );
  return `{\n${fields.join('')}${indent}}`;
};

const literal = (value: unknown): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : JSON.stringify(value);

const comment = (description: string | undefined, indent: string): string =>
  description === undefined ? '' : `${indent}/** ${description.replaceAll('*/', '* /')} */\n`;
