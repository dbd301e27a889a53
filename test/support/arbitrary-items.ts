import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import * as z from 'zod';
import type { Item } from '../../functions/migration/items/items.ts';

const [FIRST_SURROGATE, SURROGATES, LAST] = [0xd800, 0x800, 0x10ffff];
/** Printable ASCII, which examples begin and shrink with. */
const [FIRST_PRINTABLE, PRINTABLE] = [0x20, 0x5f];

const codePointAt = (place: number): number => {
  if (place < PRINTABLE) return FIRST_PRINTABLE + place;
  if (place < FIRST_PRINTABLE + PRINTABLE) return place - PRINTABLE;
  return place < FIRST_SURROGATE ? place : place + SURROGATES;
};

const placeOf = (codePoint: number): number => {
  if (codePoint < FIRST_PRINTABLE) return codePoint + PRINTABLE;
  if (codePoint < FIRST_PRINTABLE + PRINTABLE) return codePoint - FIRST_PRINTABLE;
  return codePoint < FIRST_SURROGATE ? codePoint : codePoint - SURROGATES;
};

const Character = z.string().regex(/^.$/su);

/** fast-check's unit `binary` is the same, but takes a second to sort all characters. */
const character = fc.integer({ min: 0, max: LAST - SURROGATES }).map(
  (place) => String.fromCodePoint(codePointAt(place)),
  (given) => placeOf(Character.parse(given).codePointAt(0) ?? 0),
);

/** Text from every Unicode plane, without lone surrogates, which UTF-8 cannot encode. */
const text = (constraints?: fc.StringConstraints) => fc.string({ unit: character, ...constraints });

/** Numbers that DynamoDB accepts: at most 38 digits, within 1e-130 to 1e125. */
const number = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.bigInt({ min: 0n, max: 10n ** 38n - 1n }),
    fc.constantFrom('', '.0', '.', '.00'),
    fc.integer({ min: -80, max: 80 }),
  )
  .map(([sign, digits, zeros, exponent]) => {
    const fraction = String(digits).length > 35 || zeros === '.' ? '' : zeros;
    return `${sign}${digits}${fraction}${exponent === 0 ? '' : `e${exponent}`}`;
  });

/** Attribute names without `__proto__`, which the SDK drops or uses as a prototype. The plan reports items that have it. */
const name = text({ minLength: 1 }).filter((given) => given !== '__proto__');

const bytes = fc.uint8Array({ minLength: 1, maxLength: 20 });

const { value } = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    text().map((S): AttributeValue => ({ S })),
    number.map((N): AttributeValue => ({ N })),
    fc.boolean().map((BOOL): AttributeValue => ({ BOOL })),
    fc.constant<AttributeValue>({ NULL: true }),
    bytes.map((B): AttributeValue => ({ B })),
    fc.uniqueArray(text(), { minLength: 1, maxLength: 5 }).map((SS): AttributeValue => ({ SS })),
    fc
      .uniqueArray(fc.bigInt({ min: -(10n ** 37n), max: 10n ** 37n }), { minLength: 1, maxLength: 5 })
      .map((NS): AttributeValue => ({ NS: NS.map(String) })),
    fc
      .uniqueArray(bytes, { minLength: 1, maxLength: 5, selector: (one) => Buffer.from(one).toString('hex') })
      .map((BS): AttributeValue => ({ BS })),
    fc.array(tie('value'), { maxLength: 5 }).map((L): AttributeValue => ({ L })),
    fc.dictionary(name, tie('value'), { maxKeys: 5 }).map((M): AttributeValue => ({ M })),
  ),
}));

/** Items of one tenant with all types of attributes and distinct keys. */
export const arbitraryItems = (tenantId: string, constraints: { minLength?: number; maxLength?: number }) =>
  fc.uniqueArray(
    fc
      .tuple(text({ minLength: 1, maxLength: 40 }), fc.dictionary(name, value, { maxKeys: 8 }))
      .map(
        ([key, attributes]): Item => ({ ...attributes, tenantId: { S: tenantId }, entityKey: { S: key } }),
      ),
    { selector: (item) => item.entityKey?.S ?? '', ...constraints },
  );

export const arbitraryValue = value;
