import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import * as z from 'zod';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const { n, e } = z.object({ n: z.string(), e: z.string() }).parse(publicKey.export({ format: 'jwk' }));

export const ISSUER = 'https://issuer.example';
/** The keys of the issuer. */
export const jwks = { keys: [{ kty: 'RSA', kid: 'k', alg: 'RS256', use: 'sig', n, e }] };
export const groups = { viewer: 'readers', operator: 'operators', admin: 'admins' };

/** In s since 1970. */
export const inAnHour = Math.floor(Date.now() / 1_000) + 3_600;
const claims = { iss: ISSUER, aud: 'console', sub: 'u-1', exp: inAnHour, groups: ['operators'] };

const encoded = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');

/** A token of the issuer for the client `console`, with other claims if they are given. */
export const tokenOf = (given: object, header: object = {}, key: KeyObject = privateKey): string => {
  const signed = `${encoded({ alg: 'RS256', kid: 'k', ...header })}.${encoded({ ...claims, ...given })}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`;
};
