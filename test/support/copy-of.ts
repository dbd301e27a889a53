/**
 * Returns a deep copy of a record or an item, as `structuredClone` does, in a fraction of its time. Fakes copy what they
 * store and what they return, so that no caller changes it afterwards. A value that cannot be stored, such as a function, is
 * refused.
 */
export const copyOf = <T>(value: T): T => copied(value) as T;

const copied = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null)
    return typeof value === 'function' || typeof value === 'symbol' ? structuredClone(value) : value;
  if (Array.isArray(value)) return value.map(copied);
  if (Object.getPrototypeOf(value) !== Object.prototype) return structuredClone(value);
  // an assignment to `__proto__`, which an attribute may be called, makes no field
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, copied(field)]));
};
