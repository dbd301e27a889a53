import { JwtVerifier } from 'aws-jwt-verify';
import { FetchError, JwtBaseError } from 'aws-jwt-verify/error';
import type { Jwks } from 'aws-jwt-verify/jwk';
import * as z from 'zod';
import { Unavailable } from '../../../migration/errors.ts';
import { epochMs } from '../../../migration/names.ts';
import { bearerToken, ROLES, type Role, type VerifySubject } from './subject.ts';

/** An OIDC issuer, and the claims of its tokens about the subject. */
export interface JwtIssuer {
  readonly issuer: string;
  /** Id of the console at the issuer: `aud` of its tokens, or `client_id` of Cognito's access tokens. */
  readonly clientId: string;
  /** Claim with the groups of the subject, e.g. `cognito:groups`. */
  readonly groupsClaim: string;
  /** The group of each role. */
  readonly groups: Readonly<Record<Role, string>>;
  /** Claim with a readable name, shown next to the subject's id; absent to show the id alone. */
  readonly nameClaim?: string;
  /** URL of the issuer's keys; absent for `/.well-known/jwks.json` under the issuer. */
  readonly jwksUri?: string;
  /** Keys of the issuer; absent to fetch them from it. */
  readonly jwks?: Jwks;
}

const Claims = z.looseObject({ sub: z.string().min(1), exp: z.number().nonnegative() });
/** Returns one string or several as a list; an empty list for any other value. */
const Texts = z.union([z.array(z.string()), z.string().transform((one) => [one])]).catch([]);

/**
 * Verifies tokens of an OIDC issuer: signature, issuer, audience and expiry. The subject's id comes from `sub`, which
 * the issuer never gives to another user. A name that users may change is only shown next to it.
 * @throws Unavailable if the issuer's keys cannot be fetched.
 */
export const jwtSubject = (issuer: JwtIssuer): VerifySubject => {
  const { clientId, groupsClaim, nameClaim, jwksUri, jwks } = issuer;
  // access tokens of Cognito have no audience; the client of a token is checked below
  const options = { issuer: issuer.issuer, audience: null };
  // an address that is undefined would replace the issuer's own
  const verifier = JwtVerifier.create(jwksUri === undefined ? options : { ...options, jwksUri });
  if (jwks) verifier.cacheJwks(jwks);
  return async (authorization) => {
    const token = bearerToken(authorization);
    if (token === undefined) return undefined;
    const verified = await verifier.verify(token).catch(refusedOrUnavailable);
    const claims = Claims.safeParse(verified);
    if (!claims.success) return undefined;
    const { sub, exp, aud, client_id, [groupsClaim]: groups } = claims.data;
    if (![...Texts.parse(aud), client_id].includes(clientId)) return undefined;
    const role = highestRole(issuer, Texts.parse(groups));
    const shown = nameClaim === undefined ? undefined : z.string().safeParse(claims.data[nameClaim]).data;
    const name = shown === undefined ? sub : `${shown} (${sub})`;
    return role && { name, role, verified: true, expiresAt: epochMs(exp * 1_000) };
  };
};

const refusedOrUnavailable = (error: unknown): undefined => {
  if (error instanceof FetchError)
    throw new Unavailable('the keys of the issuer cannot be fetched', { cause: error });
  if (error instanceof JwtBaseError) return undefined;
  throw error;
};

/** Returns the role of a subject; undefined if it is in none of the groups and so has no permissions. */
const highestRole = ({ groups }: JwtIssuer, member: readonly string[]): Role | undefined =>
  ROLES.findLast((role) => member.includes(groups[role]));
