import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import * as z from 'zod';

const Content = z.record(z.string(), z.object({ schema: z.object({ $ref: z.string() }) }));
const Responses = z.record(z.string(), z.looseObject({ content: z.unknown() }).partial());
const Document = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({ responses: Responses }))),
});

const FILE = new URL('../../../docs/api/openapi.json', import.meta.url);
const document = Document.parse(JSON.parse(readFileSync(FILE, 'utf8')));
const ajv = new Ajv2020({ strict: false, allErrors: true, code: { optimize: false } });
formats.default(ajv);
ajv.addSchema(document, 'openapi');

const patternOf = (path: string): RegExp => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { responses }]) => ({ method, pattern: patternOf(path), responses })),
);

const validators = new Map<string, ValidateFunction>();

const validatorOf = (ref: string): ValidateFunction => {
  const isValid = validators.get(ref) ?? ajv.compile({ $ref: `openapi${ref}` });
  validators.set(ref, isValid);
  return isValid;
};

/** Returns how a JSON answer differs from the committed contract; undefined if it does not. */
export const breachIn = (
  method: string,
  path: string,
  { status, contentType, body }: { status: number; contentType: string; body: unknown },
): string | undefined => {
  const operation = operations.find((one) => one.method === method && one.pattern.test(path));
  // a request without an operation in the API is answered with a problem
  const responses = operation?.responses ?? operations[0]?.responses ?? {};
  const content = Content.safeParse((responses[String(status)] ?? responses.default)?.content);
  const schema = content.data?.[contentType]?.schema;
  if (!schema) return `${method} ${path}: no ${contentType} with status ${status}`;
  const isValid = validatorOf(schema.$ref);
  return isValid(body) ? undefined : `${method} ${path}: ${ajv.errorsText(isValid.errors)}`;
};
