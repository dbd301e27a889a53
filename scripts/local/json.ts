/** JSON as the interpreter types it. */
export type JSONValue = null | boolean | number | string | JSONValue[] | { [key: string]: JSONValue };
