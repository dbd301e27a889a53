/** Returns the tenant that a key's value names; undefined if the value does not match the template. */
export type KeyTemplate = (value: string) => string | undefined;

/** Characters of a tenant's id: those that AWS allows in the value of a session tag. `#` belongs to the template. */
const TENANT = String.raw`([\p{L}\p{Z}\p{N}_.:/=+\-@]+)`;
/** Maximum number of values of a number range. They become one regular expression. */
const MAX_RANGE = 1_000;

/**
 * Compiles a template: text, exactly one `{tenant}`, and any of `{0..15}` (a number from 0 to 15) and `{rest}` (any
 * text).
 * @throws TypeError if it is not a template.
 */
export const compileTemplate = (template: string): KeyTemplate => {
  const parts = template.split(/(\{[^}]*\})/);
  if (parts.filter((part) => part === '{tenant}').length !== 1)
    throw new TypeError(`key template ${template} must contain {tenant} once`);
  const pattern = new RegExp(`^${parts.map((part) => patternOf(part, template)).join('')}$`, 'su');
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

const patternOf = (part: string, template: string): string => {
  if (part === '{tenant}') return TENANT;
  if (part === '{rest}') return '.*';
  const [, from, to] = /^\{(\d+)\.\.(\d+)\}$/.exec(part) ?? [];
  if (from !== undefined && to !== undefined) return rangeOf(Number(from), Number(to), template);
  if (part.startsWith('{')) throw new TypeError(`key template ${template}: ${part} is not a placeholder`);
  return part.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
};

const rangeOf = (from: number, to: number, template: string): string => {
  const length = to - from + 1;
  if (length < 1 || length > MAX_RANGE)
    throw new TypeError(`key template ${template}: a range has 1 to ${MAX_RANGE} numbers`);
  return `(?:${Array.from({ length }, (_, i) => from + i).join('|')})`;
};
