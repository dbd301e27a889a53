import * as oauth from 'oauth4webapi';
import type { SignIn } from './schema.ts';
import type { Session, SessionState } from './session.ts';
import { createStore } from './store.ts';

type Oidc = Extract<SignIn, { kind: 'oidc' }>;

const CHANNEL = 'tierferry.sign-in';
/** What the page must still know when it comes back from the issuer; no token is ever kept there. */
const PENDING = 'tierferry.sign-in';
/** A token is renewed so long before it expires, in ms. */
const EARLY_MS = 60_000;

interface Pending {
  readonly state: string;
  readonly verifier: string;
  readonly returnTo: string;
}
interface Held {
  readonly access: string;
  readonly refresh: string | undefined;
  readonly receivedAt: number;
  readonly expiresAt: number;
}
/** A token that is refused so soon after it was given is refused for good, in ms: another one would be, too. */
const AT_ONCE_MS = 5_000;

const redirectUri = (): string => new URL('signed-in', document.baseURI).href;

const readPending = (): Pending | undefined => {
  const text = sessionStorage.getItem(PENDING);
  sessionStorage.removeItem(PENDING);
  if (text === null) return undefined;
  const { state, verifier, returnTo }: Partial<Pending> = JSON.parse(text);
  return state && verifier && returnTo ? { state, verifier, returnTo } : undefined;
};

/**
 * The session of a deployed console: authorization code with PKCE. Tokens are in memory only, and renewed before they expire.
 * If they cannot be, the person signs in in another window, and the page stays as it is.
 */
export const oidcSession = (settings: Oidc): Session => {
  const state = createStore<SessionState>({ kind: 'starting' });
  const client: oauth.Client = { client_id: settings.clientId };
  let held: Held | undefined;
  let renewal: ReturnType<typeof setTimeout> | undefined;
  let inPopup: Pending | undefined;
  let waiting: ((token: string) => void)[] = [];

  let discovered: Promise<oauth.AuthorizationServer> | undefined;
  const server = (): Promise<oauth.AuthorizationServer> => {
    const issuer = new URL(settings.issuer);
    discovered ??= oauth
      .discoveryRequest(issuer)
      .then((response) => oauth.processDiscoveryResponse(issuer, response));
    discovered.catch(() => {
      discovered = undefined;
    });
    return discovered;
  };

  const accept = (answer: oauth.TokenEndpointResponse, earlier?: string) => {
    const lifeMs = (answer.expires_in ?? 300) * 1_000;
    held = {
      access: answer.access_token,
      refresh: answer.refresh_token ?? earlier,
      receivedAt: Date.now(),
      expiresAt: Date.now() + lifeMs,
    };
    clearTimeout(renewal);
    const { refresh } = held;
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
      const as = await server();
      const response = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), refresh);
      accept(await oauth.processRefreshTokenResponse(as, client, response), refresh);
    } catch (error) {
      // a network that is away for a while does not end a session that still has a token
      if (held && Date.now() < held.expiresAt - EARLY_MS / 2 && !(error instanceof oauth.ResponseBodyError)) {
        renewal = setTimeout(() => void renew(refresh), EARLY_MS / 4);
        return;
      }
      end(false);
    }
  };

  const exchange = async (url: URL, { state: expected, verifier }: Pending): Promise<void> => {
    const as = await server();
    const parameters = oauth.validateAuthResponse(as, client, url, expected);
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      oauth.None(),
      parameters,
      redirectUri(),
      verifier,
    );
    accept(await oauth.processAuthorizationCodeResponse(as, client, response));
  };

  const newPending = (): Pending => ({
    state: oauth.generateRandomState(),
    verifier: oauth.generateRandomCodeVerifier(),
    returnTo: location.href,
  });
  const authorizationUrl = async (pending: Pending): Promise<URL> => {
    const { authorization_endpoint: endpoint } = await server();
    if (endpoint === undefined) throw new Error('The issuer names no authorization endpoint.');
    const url = new URL(endpoint);
    url.search = new URLSearchParams({
      ...Object.fromEntries(url.searchParams),
      client_id: settings.clientId,
      redirect_uri: redirectUri(),
      response_type: 'code',
      scope: settings.scope,
      state: pending.state,
      code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier),
      code_challenge_method: 'S256',
    }).toString();
    return url;
  };

  const leave = async (): Promise<void> => {
    const pending = newPending();
    const url = await authorizationUrl(pending);
    sessionStorage.setItem(PENDING, JSON.stringify(pending));
    location.assign(url);
  };

  const channel = new BroadcastChannel(CHANNEL);
  channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const url = typeof data === 'string' ? URL.parse(data) : null;
    const pending = inPopup;
    if (!url || !pending || url.searchParams.get('state') !== pending.state) return;
    inPopup = undefined;
    exchange(url, pending).catch((error: unknown) => end(false, error));
  });

  const begin = async (): Promise<void> => {
    const url = new URL(location.href);
    const isBack = url.href.startsWith(redirectUri()) && url.searchParams.has('state');
    if (!isBack) return leave();
    const pending = readPending();
    if (!pending) {
      // this is the other window: the page that opened it has what belongs to the code
      channel.postMessage(url.href);
      window.close();
      return;
    }
    history.replaceState(null, '', pending.returnTo);
    await exchange(url, pending);
  };
  begin().catch((error: unknown) => end(true, error));

  return {
    state,
    token: async () => held?.access ?? new Promise<string>((resolve) => waiting.push(resolve)),
    refuse: (token) => {
      if (!held || token !== held.access) return;
      const { refresh, receivedAt } = held;
      held = undefined;
      if (refresh === undefined || Date.now() - receivedAt < AT_ONCE_MS) end(false);
      else void renew(refresh);
    },
    signIn: () => {
      const pending = newPending();
      inPopup = pending;
      // opened at once: a window that opens after a wait is taken for an advertisement
      const popup = window.open('', 'tierferry-sign-in', 'popup,width=520,height=720');
      authorizationUrl(pending)
        .then((url) => {
          if (popup) popup.location.href = url.href;
          else location.assign(url);
        })
        .catch((error: unknown) => {
          popup?.close();
          end(false, error);
        });
    },
    signOut: () => {
      end(true);
      server()
        .then(({ end_session_endpoint: endpoint }) => {
          if (endpoint === undefined) return;
          const url = new URL(endpoint);
          url.searchParams.set('client_id', settings.clientId);
          url.searchParams.set('post_logout_redirect_uri', new URL('.', document.baseURI).href);
          location.assign(url);
        })
        .catch(() => undefined);
    },
  };
};
