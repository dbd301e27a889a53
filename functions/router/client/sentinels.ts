import { SENTINEL_WORD } from '../sentinel.ts';
import { fieldsOf, isFields, stringOf } from './records.ts';

/**
 * Returns the output of a query without Tierferry's sentinels, so that the application need not know of them. A sentinel
 * is recognised by its sort key: it stays if the request leaves the sort key out, and in a `Select: 'COUNT'`.
 */
export const withoutSentinels = (output: unknown, sortKey: string): unknown => {
  if (!isFields(output) || !Array.isArray(output.Items)) return output;
  const isSentinel = (item: unknown) => stringOf(fieldsOf(item)[sortKey])?.includes(SENTINEL_WORD) === true;
  const { Items } = output;
  if (!Items.some(isSentinel)) return output;
  const own = Items.filter((item: unknown) => !isSentinel(item));
  return 'Count' in output ? { ...output, Items: own, Count: own.length } : { ...output, Items: own };
};
