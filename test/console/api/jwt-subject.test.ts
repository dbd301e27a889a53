import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { jwtSubject } from '../../../functions/console/api/access/jwt-subject.ts';
import { Unavailable } from '../../../functions/migration/errors.ts';
import { groups, ISSUER, inAnHour, jwks, tokenOf } from './tokens.ts';

const issuer = { issuer: ISSUER, clientId: 'console', groupsClaim: 'groups', groups };
const verify = jwtSubject({ ...issuer, jwks });
const roleOf = async (token: string) => (await verify(`Bearer ${token}`))?.role;

test('a token gives its subject the highest role of its groups', async () => {
  expect(await verify(`Bearer ${tokenOf({})}`)).toEqual({
    name: 'u-1',
    role: 'operator',
    verified: true,
    expiresAt: inAnHour * 1_000,
  });
  expect(await roleOf(tokenOf({ groups: ['readers', 'admins'] }))).toBe('admin');
  expect(await roleOf(tokenOf({ groups: 'readers' }))).toBe('viewer');
});

test('an access token of Cognito, which has no audience, is for the client that it names', async () => {
  expect(await roleOf(tokenOf({ aud: undefined, client_id: 'console' }))).toBe('operator');
  expect(await roleOf(tokenOf({ aud: undefined, client_id: 'other' }))).toBeUndefined();
});

test('a name that users may change is never used as the id', async () => {
  const named = jwtSubject({ ...issuer, jwks, nameClaim: 'email' });
  const subject = await named(`Bearer ${tokenOf({ email: 'ana@example.org' })}`);
  expect(subject?.name).toBe('ana@example.org (u-1)');
});

const other = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;
test.each([
  ['has expired', tokenOf({ exp: inAnHour - 7_200 })],
  ['never expires', tokenOf({ exp: undefined })],
  ['is not valid yet', tokenOf({ nbf: inAnHour })],
  ['is of another issuer', tokenOf({ iss: 'https://other.example' })],
  ['is for another client', tokenOf({ aud: 'shop' })],
  ['has no subject', tokenOf({ sub: undefined })],
  ['is of a subject in no group', tokenOf({ groups: ['others'] })],
  ['has no groups', tokenOf({ groups: undefined })],
  ['is signed by another key', tokenOf({}, {}, other)],
  ['claims to need no signature', tokenOf({}, { alg: 'none' })],
  ['is not a token', 'abc'],
])('a token is refused that %s', async (_, token) => {
  expect(await verify(`Bearer ${token}`)).toBeUndefined();
});

test('keys that cannot be fetched are a temporary failure, not a refusal', async () => {
  const unreachable = jwtSubject({ ...issuer, jwksUri: 'https://127.0.0.1:1/keys' });
  await expect(unreachable(`Bearer ${tokenOf({})}`)).rejects.toThrow(Unavailable);
});

test('without an address, the keys are fetched from the issuer', async () => {
  const own = 'https://127.0.0.1:1/pool';
  const unreachable = jwtSubject({ ...issuer, issuer: own });
  const address = expect.stringContaining(`${own}/.well-known/jwks.json`);
  await expect(unreachable(`Bearer ${tokenOf({ iss: own })}`)).rejects.toMatchObject({
    cause: { message: address },
  });
});
