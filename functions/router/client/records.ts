/** An object whose fields are not known yet: the input or the output of a command, or a part of one. */
export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns the value as an object; an empty object if it is none. */
export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});

/** Returns the value as a list; an empty list if it is none. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Returns the value if it is a text that is not empty. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** Returns the string of an attribute: the document client's, or that of DynamoDB's wire format. */
export const stringOf = (value: unknown): string | undefined => textOf(isFields(value) ? value.S : value);
