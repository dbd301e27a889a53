/** JSON with the interpreter's types. */
export type JSONValue = null | boolean | number | string | JSONValue[] | { [key: string]: JSONValue };
