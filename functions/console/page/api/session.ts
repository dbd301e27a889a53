import type { Tokens } from './client.ts';
import type { SignIn } from './schema.ts';
import type { Store } from './store.ts';

export type SessionState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'signedIn' }
  /** A user has to sign in. The page stays as it is until then. */
  | {
      readonly kind: 'ended';
      readonly by: SignIn['kind'];
      /** True if no user has signed in in this tab. */
      readonly isFirst: boolean;
      /** Reason why signing in has failed. */
      readonly failure?: string;
    };

/** The subject that the page acts for, as the source of tokens. */
export interface Session extends Tokens {
  readonly state: Store<SessionState>;
  /** Takes a printed link. @returns false if it has no token. Present if tokens come from links. */
  enter?(link: string): boolean;
  /** Lets the user sign in again in another window. Present if an issuer gives tokens. */
  signIn?(): void;
  /** Present if an issuer gives tokens. */
  signOut?(): void;
}

/** Asks the server how to sign in, and begins a session. */
export const beginSession = async (base: string): Promise<Session> => {
  const response = await fetch(`${base}sign-in`, { credentials: 'omit' });
  if (!response.ok) throw new Error(`the console answers with status ${response.status}`);
  const signIn: SignIn = await response.json();
  if (signIn.kind === 'link') return (await import('./link-session.ts')).linkSession();
  return (await import('./oidc-session.ts')).oidcSession(signIn);
};
