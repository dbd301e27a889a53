import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import type { Item } from '../migration/items/items.ts';

const text = z.string();
/** Binary values are in base64, since JSON has none. [Lambda developer guide, Using AWS Lambda with Amazon DynamoDB] */
const base64 = z.base64().transform((given): Uint8Array => Buffer.from(given, 'base64'));

const StreamValue: z.ZodType<AttributeValue, unknown> = z.lazy(() =>
  z.union([
    z.strictObject({ S: text }),
    z.strictObject({ N: text }),
    z.strictObject({ BOOL: z.boolean() }),
    z.strictObject({ NULL: z.boolean() }),
    z.strictObject({ M: z.record(text, StreamValue) }),
    z.strictObject({ L: z.array(StreamValue) }),
    z.strictObject({ B: base64 }),
    z.strictObject({ SS: z.array(text) }),
    z.strictObject({ NS: z.array(text) }),
    z.strictObject({ BS: z.array(base64) }),
  ]),
);
const StreamImage = z.record(text, StreamValue);

/** Parses an image of a stream record in the form that Lambda delivers. */
export const streamImage = (
  image: Readonly<Record<string, unknown>> | undefined,
): Item | 'unreadable' | undefined => {
  if (image === undefined) return undefined;
  const readValue = StreamImage.safeParse(image);
  return readValue.success ? readValue.data : 'unreadable';
};
