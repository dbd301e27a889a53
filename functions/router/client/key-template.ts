/** Returns the tenant that a key's value names; undefined if the value does not match the template. */
export type KeyTemplate = (value: string) => string | undefined;

/** A part of a template. `rest` stands for any text. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tenant' }
  | { readonly kind: 'rest' }
  | { readonly kind: 'range'; readonly numbers: readonly number[] };

/** Characters of a tenant's id: those that AWS allows in the value of a session tag. `#` belongs to the template. */
export const TENANT_CHARACTER = String.raw`[\p{L}\p{Z}\p{N}_.:/=+\-@]`;
/** Maximum number of values of a number range. They become one regular expression. */
const MAX_RANGE = 1_000;

const BEGINS_LIKE_A_TENANT = new RegExp(`^${TENANT_CHARACTER}`, 'u');

/**
 * Parses a template: text, exactly one `{tenant}`, and any of `{0..15}` (a number from 0 to 15) and `{rest}` (any text).
 * The text after `{tenant}` begins with a character that no tenant's id has, such as `#`. Otherwise the end of the id
 * would be unknown.
 * @throws TypeError if it is not a template.
 */
export const parseTemplate = (template: string): readonly TemplatePart[] => {
  const parts = template
    .split(/(\{[^}]*\})/)
    .filter((part) => part !== '')
    .map((part) => partOf(part, template));
  const tenants = parts.flatMap(({ kind }, n) => (kind === 'tenant' ? [n] : []));
  const [tenant] = tenants;
  if (tenants.length !== 1 || tenant === undefined)
    throw new TypeError(`key template ${template} must contain {tenant} once`);
  const next = parts[tenant + 1];
  if (next && (next.kind !== 'text' || BEGINS_LIKE_A_TENANT.test(next.text)))
    throw new TypeError(
      `key template ${template}: {tenant} must be followed by a character that no tenant id contains, such as #`,
    );
  return parts;
};

/** Compiles a template. @throws TypeError if it is not a template. */
export const compileTemplate = (template: string): KeyTemplate => {
  const pattern = new RegExp(`^${parseTemplate(template).map(patternOf).join('')}$`, 'su');
  return (value) => pattern.exec(value)?.[1];
};

/** Compiles several templates; the first one that matches names the tenant. @throws TypeError */
export const compileTemplates = (templates: string | readonly string[]): KeyTemplate => {
  const [first, ...others] = [templates].flat().map(compileTemplate);
  if (!first) throw new TypeError('keys need at least one template');
  if (others.length === 0) return first;
  return (value) => {
    for (const template of [first, ...others]) {
      const tenant = template(value);
      if (tenant !== undefined) return tenant;
    }
    return undefined;
  };
};

const partOf = (part: string, template: string): TemplatePart => {
  if (part === '{tenant}') return { kind: 'tenant' };
  if (part === '{rest}') return { kind: 'rest' };
  const [, from, to] = /^\{(\d+)\.\.(\d+)\}$/.exec(part) ?? [];
  if (from !== undefined && to !== undefined)
    return { kind: 'range', numbers: rangeOf(Number(from), Number(to), template) };
  if (part.startsWith('{')) throw new TypeError(`key template ${template}: ${part} is not a placeholder`);
  return { kind: 'text', text: part };
};

const rangeOf = (from: number, to: number, template: string): number[] => {
  const length = to - from + 1;
  if (length < 1 || length > MAX_RANGE)
    throw new TypeError(`key template ${template}: a range has 1 to ${MAX_RANGE} numbers`);
  return Array.from({ length }, (_, i) => from + i);
};

const patternOf = (part: TemplatePart): string => {
  switch (part.kind) {
    case 'tenant':
      return `(${TENANT_CHARACTER}+)`;
    case 'rest':
      return '.*';
    case 'range':
      return `(?:${part.numbers.join('|')})`;
    case 'text':
      return part.text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  }
};
