import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { bearerToken, type Subject, type VerifySubject } from './subject.ts';

const TOKEN_BYTES = 32;

/** Returns a token for one start of the console. It goes into the link's fragment, which browsers do not send or log. */
export const newLocalToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

/** Verifies the token of this start: a caller with the printed link is the subject. */
export const localSubject = (token: string, subject: Subject): VerifySubject => {
  const expected = hashOf(token);
  return async (authorization) => {
    const given = bearerToken(authorization);
    return given !== undefined && timingSafeEqual(hashOf(given), expected) ? subject : undefined;
  };
};

/** Both sides of the comparison have the same length whatever was sent. */
const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
