import {
  isFinal,
  newPending,
  type Oidc,
  oidcRequests,
  type PendingSignIn,
  redirectUri,
} from './oidc-requests.ts';
import type { Session, SessionState } from './session.ts';
import { createStore } from './store.ts';

const CHANNEL = 'tierferry.sign-in';
/** Data that the page needs when it comes back from the issuer. No token is ever stored there. */
const PENDING = 'tierferry.sign-in';
/** Time before the expiry of a token at which it is renewed, in ms. */
const EARLY_MS = 60_000;
/** Time in ms. If a token is refused sooner than that after it was issued, another one would be refused too. */
const AT_ONCE_MS = 5_000;
/** Life of a token if the issuer does not state it, in s. */
const SHORT_LIFE_S = 300;

interface HeldTokens {
  readonly access: string;
  readonly refresh: string | undefined;
  readonly receivedAt: number;
  readonly expiresAt: number;
}
type EndpointAnswer = Awaited<ReturnType<ReturnType<typeof oidcRequests>['renew']>>;

const takePending = (): PendingSignIn | undefined => {
  const text = sessionStorage.getItem(PENDING);
  sessionStorage.removeItem(PENDING);
  if (text === null) return undefined;
  const { state, verifier, returnTo }: Partial<PendingSignIn> = JSON.parse(text);
  return state && verifier && returnTo ? { state, verifier, returnTo } : undefined;
};

/** The tokens of a session, in memory only. They are renewed before they expire, until a renewal is refused. */
const heldTokens = (requests: ReturnType<typeof oidcRequests>) => {
  const state = createStore<SessionState>({ kind: 'starting' });
  let held: HeldTokens | undefined;
  let renewal: ReturnType<typeof setTimeout> | undefined;
  let waiting: ((token: string) => void)[] = [];

  const accept = (given: EndpointAnswer, earlier?: string) => {
    const lifeMs = (given.expires_in ?? SHORT_LIFE_S) * 1_000;
    const receivedAt = Date.now();
    const refresh = given.refresh_token ?? earlier;
    held = { access: given.access_token, refresh, receivedAt, expiresAt: receivedAt + lifeMs };
    clearTimeout(renewal);
    if (refresh !== undefined)
      renewal = setTimeout(() => void renew(refresh), Math.max(lifeMs - EARLY_MS, lifeMs / 2));
    state.set({ kind: 'signedIn' });
    for (const resolve of waiting) resolve(held.access);
    waiting = [];
  };
  const end = (isFirst: boolean, failure?: unknown) => {
    held = undefined;
    clearTimeout(renewal);
    const words = failure instanceof Error ? { failure: failure.message } : {};
    state.set({ kind: 'ended', by: 'oidc', isFirst, ...words });
  };
  const renew = async (refresh: string): Promise<void> => {
    try {
      accept(await requests.renew(refresh), refresh);
    } catch (error) {
      // a network that is lost for a while does not end a session that still has a token
      if (isFinal(error) || !held || Date.now() > held.expiresAt - EARLY_MS / 4) return end(false);
      renewal = setTimeout(() => void renew(refresh), EARLY_MS / 8);
    }
  };
  const token = async (): Promise<string> =>
    held?.access ?? new Promise<string>((resolve) => waiting.push(resolve));
  const refuse = (refused: string) => {
    if (refused !== held?.access) return;
    const { refresh, receivedAt } = held;
    held = undefined;
    if (refresh === undefined || Date.now() - receivedAt < AT_ONCE_MS) end(false);
    else void renew(refresh);
  };
  return { state, accept, end, token, refuse };
};

/**
 * The session of a deployed console: authorization code with PKCE. If its tokens cannot be renewed, the user signs in
 * in another window, and the page stays as it is.
 */
export const oidcSession = (settings: Oidc): Session => {
  const requests = oidcRequests(settings);
  const { state, accept, end, token, refuse } = heldTokens(requests);
  let inPopup: PendingSignIn | undefined;

  const leave = async (): Promise<void> => {
    const pending = newPending();
    const url = await requests.authorizationUrl(pending);
    sessionStorage.setItem(PENDING, JSON.stringify(pending));
    location.assign(url);
  };
  const channel = new BroadcastChannel(CHANNEL);
  channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const url = typeof data === 'string' ? URL.parse(data) : null;
    const pending = inPopup;
    if (!url || !pending || url.searchParams.get('state') !== pending.state) return;
    inPopup = undefined;
    requests.exchange(url, pending).then(accept, (error: unknown) => end(false, error));
  });
  const begin = async (): Promise<void> => {
    const url = new URL(location.href);
    const hasReturned = url.href.startsWith(redirectUri()) && url.searchParams.has('state');
    if (!hasReturned) return leave();
    const pending = takePending();
    if (!pending) {
      // this is the other window: the page that opened it has the data of the code
      channel.postMessage(url.href);
      window.close();
      return;
    }
    history.replaceState(null, '', pending.returnTo);
    accept(await requests.exchange(url, pending));
  };
  begin().catch((error: unknown) => end(true, error));

  const signIn = () => {
    const pending = newPending();
    inPopup = pending;
    // opened at once, because browsers block a window that opens after a wait
    const popup = window.open('', 'tierferry-sign-in', 'popup,width=520,height=720');
    requests.authorizationUrl(pending).then(
      (url) => {
        if (popup) popup.location.href = url.href;
        else void leave();
      },
      (error: unknown) => {
        popup?.close();
        end(false, error);
      },
    );
  };
  const signOut = () => {
    end(true);
    requests.endSessionUrl().then(
      (url) => url && location.assign(url),
      () => undefined,
    );
  };
  return { state, token, refuse, signIn, signOut };
};
