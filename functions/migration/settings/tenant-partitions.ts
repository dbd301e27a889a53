import { parseTemplate, type TemplatePart } from '../../router/client/key-template.ts';
import { TENANT_PARTITIONS } from '../limits.ts';

/** The text around the tenant's id in the partition key value of one of the tenant's partitions. */
export interface PartitionForm {
  readonly before: string;
  readonly after: string;
}

/**
 * Returns the partitions that each tenant has, in the order of the templates and of their number ranges. No two tenants
 * share a partition key value, whatever their ids are:
 *
 * - no id contains the first character behind it, so each value shows where its id ends;
 * - of two different texts before the id, none is the beginning of the other, so each value shows where its id begins.
 *
 * @throws TypeError if the templates do not have these properties, name a partition twice, or have `{rest}`.
 */
export const partitionForms = (template: string | readonly string[]): readonly PartitionForm[] => {
  const forms = [template].flat().flatMap(formsOf);
  if (forms.length === 0) throw new TypeError('keys need at least one template');
  if (forms.length > TENANT_PARTITIONS)
    throw new TypeError(
      `the key templates give a tenant ${forms.length} partitions; at most ${TENANT_PARTITIONS} are moved as one`,
    );
  const seen = new Set<string>();
  for (const { before, after } of forms) {
    const text = `${before}{tenant}${after}`;
    if (seen.has(text)) throw new TypeError(`key templates name partition ${text} twice`);
    seen.add(text);
  }
  const beginnings = textsBefore(forms);
  for (const one of beginnings) {
    const other = beginnings.find((text) => text !== one && text.startsWith(one));
    if (other !== undefined)
      throw new TypeError(
        `of two key templates, one begins with '${one}{tenant}' and one with '${other}{tenant}': a key could belong to two tenants`,
      );
  }
  return forms;
};

/** Returns the different texts before the tenant's id. */
export const textsBefore = (forms: readonly PartitionForm[]): readonly string[] => [
  ...new Set(forms.map(({ before }) => before)),
];

/**
 * Returns the texts before the tenant's id in the values of an index's partition key.
 * @throws TypeError if a template has `{rest}` before the id.
 */
export const indexTexts = (template: string | readonly string[]): readonly string[] =>
  textsBefore(
    [template].flat().flatMap((one) => {
      const parts = parseTemplate(one);
      return textsOf(parts.slice(0, tenantIn(parts)), one).map((before) => ({ before, after: '' }));
    }),
  );

const formsOf = (template: string): PartitionForm[] => {
  const parts = parseTemplate(template);
  const tenant = tenantIn(parts);
  const afters = textsOf(parts.slice(tenant + 1), template);
  return textsOf(parts.slice(0, tenant), template).flatMap((before) =>
    afters.map((after) => ({ before, after })),
  );
};

const tenantIn = (parts: readonly TemplatePart[]): number => parts.findIndex(({ kind }) => kind === 'tenant');

/** Returns all texts that these parts stand for. */
const textsOf = (parts: readonly TemplatePart[], template: string): readonly string[] =>
  parts.reduce<readonly string[]>(
    (texts, part) => texts.flatMap((text) => valuesOf(part, template).map((value) => text + value)),
    [''],
  );

const valuesOf = (part: TemplatePart, template: string): readonly string[] => {
  if (part.kind === 'text') return [part.text];
  if (part.kind === 'range') return part.numbers.map(String);
  throw new TypeError(
    `key template ${template}: {rest} stands for any number of partitions; name them by a range or by several templates`,
  );
};
