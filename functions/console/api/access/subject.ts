import type { EpochMs } from '../../../migration/names.ts';

/** Roles of subjects; each may do what the ones before it may. The server checks the role for every route. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** The person or program that sends a request. */
export interface Subject {
  readonly name: string;
  readonly role: Role;
  /** False for the user of this machine, whose name no authority confirms. */
  readonly verified: boolean;
  /** End of the life of its token; absent if the token does not expire. */
  readonly expiresAt?: EpochMs;
}

/**
 * Verifies the credentials of a request.
 * @param authorization the `Authorization` header.
 * @returns undefined if it proves no subject.
 */
export type VerifySubject = (authorization: string | undefined) => Promise<Subject | undefined>;

/** Returns the subject as the audit trail names it. */
export const auditName = ({ name, verified }: Subject): string => (verified ? name : `${name} (unverified)`);

/** True if the role may do what `needed` may. */
export const mayAct = (role: Role, needed: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(needed);

/** Returns the token of a bearer credential. [RFC 6750, Authorization request header field] */
export const bearerToken = (authorization: string | undefined): string | undefined =>
  /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization ?? '')?.[1];
