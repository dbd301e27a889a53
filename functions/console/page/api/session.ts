import type { Tokens } from './client.ts';
import type { SignIn } from './schema.ts';
import type { Store } from './store.ts';

export type SessionState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'signedIn' }
  /** A person has to sign in. What is open in the page stays as it is meanwhile. */
  | {
      readonly kind: 'ended';
      readonly by: SignIn['kind'];
      /** True if no operator has signed in in this tab. */
      readonly isFirst: boolean;
      /** Reason why signing in has failed. */
      readonly failure?: string;
    };

/** The operator that the page acts for, if known, and the source of tokens. */
export interface Session extends Tokens {
  readonly state: Store<SessionState>;
  /** Takes a link that was printed. @returns false if it has no token. Present if tokens come from links. */
  enter?(link: string): boolean;
  /** Lets the person sign in again in another window. Present if an issuer gives tokens. */
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
