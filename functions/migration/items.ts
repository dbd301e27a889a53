import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/**
 * An item as it travels on the wire. Values are never re-encoded: 38-digit numbers, binary, sets, empty strings and
 * lists arrive as they left.
 */
export type Item = Record<string, AttributeValue>;
