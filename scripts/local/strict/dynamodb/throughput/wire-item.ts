import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../../../../functions/migration/items/items.ts';
import { isRecord } from '../call.ts';

/**
 * Converts an item from the form of JSON requests: decodes binary values, and leaves out anything that is not an attribute
 * value.
 */
export const itemFromWire = (wire: unknown): Item =>
  isRecord(wire) ? Object.fromEntries(Object.entries(wire).flatMap(namedValue)) : {};

const namedValue = ([name, wire]: [string, unknown]): [string, AttributeValue][] => {
  const value = valueFromWire(wire);
  return value ? [[name, value]] : [];
};

const valueFromWire = (wire: unknown): AttributeValue | undefined => {
  if (!isRecord(wire)) return undefined;
  const { S, N, B, BOOL, NULL, SS, NS, BS, L, M } = wire;
  if (typeof S === 'string') return { S };
  if (typeof N === 'string') return { N };
  if (typeof B === 'string') return { B: bytes(B) };
  if (typeof BOOL === 'boolean') return { BOOL };
  if (NULL === true) return { NULL };
  if (Array.isArray(SS)) return { SS: SS.map(String) };
  if (Array.isArray(NS)) return { NS: NS.map(String) };
  if (Array.isArray(BS)) return { BS: BS.map((element) => bytes(String(element))) };
  if (Array.isArray(L)) return { L: L.flatMap((element: unknown) => valueFromWire(element) ?? []) };
  if (M !== undefined) return { M: itemFromWire(M) };
  return undefined;
};

const bytes = (base64: string): Uint8Array => Buffer.from(base64, 'base64');
