import * as oauth from 'oauth4webapi';
import type { SignIn } from './schema.ts';

export type Oidc = Extract<SignIn, { kind: 'oidc' }>;

/** Data of a request to the issuer, kept until its answer is back. */
export interface PendingSignIn {
  readonly state: string;
  readonly verifier: string;
  /** The view in which the user was. */
  readonly returnTo: string;
}

export const newPending = (): PendingSignIn => ({
  state: oauth.generateRandomState(),
  verifier: oauth.generateRandomCodeVerifier(),
  returnTo: location.href,
});

/** URL to which the issuer redirects the browser; registered with the issuer. */
export const redirectUri = (): string => new URL('signed-in', document.baseURI).href;

/** True if the issuer has refused a renewal for good; false if the issuer could not be reached. */
export const isFinal = (error: unknown): boolean => error instanceof oauth.ResponseBodyError;

/** Requests to an OpenID issuer, whose endpoints are read once. */
export interface OidcRequests {
  authorizationUrl(pending: PendingSignIn): Promise<URL>;
  /** Exchanges the code that came back with this address. @throws Error if it belongs to another request. */
  exchange(url: URL, pending: PendingSignIn): Promise<oauth.TokenEndpointResponse>;
  renew(refreshToken: string): Promise<oauth.TokenEndpointResponse>;
  /** Undefined if the issuer names none. */
  endSessionUrl(): Promise<URL | undefined>;
}

export const oidcRequests = ({ issuer, clientId, scope }: Oidc): OidcRequests => {
  const client: oauth.Client = { client_id: clientId };
  const options = optionsFor(issuer);
  let discovered: Promise<oauth.AuthorizationServer> | undefined;
  const server = (): Promise<oauth.AuthorizationServer> => {
    const url = new URL(issuer);
    discovered ??= oauth
      .discoveryRequest(url, options)
      .then((response) => oauth.processDiscoveryResponse(url, response));
    discovered.catch(() => {
      discovered = undefined;
    });
    return discovered;
  };
  return {
    authorizationUrl: async ({ state, verifier }) => {
      const { authorization_endpoint: endpoint } = await server();
      if (endpoint === undefined) throw new Error('The issuer names no authorization endpoint.');
      const url = new URL(endpoint);
      url.search = new URLSearchParams({
        ...Object.fromEntries(url.searchParams),
        ...{ client_id: clientId, redirect_uri: redirectUri(), response_type: 'code', scope, state },
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      }).toString();
      return url;
    },
    exchange: async (url, { state, verifier }) => {
      const as = await server();
      const parameters = oauth.validateAuthResponse(as, client, url, state);
      const response = await oauth.authorizationCodeGrantRequest(
        ...([as, client, oauth.None(), parameters, redirectUri(), verifier, options] as const),
      );
      return oauth.processAuthorizationCodeResponse(as, client, response);
    },
    renew: async (refreshToken) => {
      const as = await server();
      const response = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), refreshToken, options);
      return oauth.processRefreshTokenResponse(as, client, response);
    },
    endSessionUrl: async () => {
      const { end_session_endpoint: endpoint } = await server();
      if (endpoint === undefined) return undefined;
      const url = new URL(endpoint);
      url.searchParams.set('client_id', clientId);
      url.searchParams.set('post_logout_redirect_uri', new URL('.', document.baseURI).href);
      return url;
    },
  };
};

/** An issuer on this machine, used in tests, is called without TLS; no other is. */
const optionsFor = (issuer: string) => {
  const { protocol, hostname } = new URL(issuer);
  const isLocal = protocol === 'http:' && (hostname === '127.0.0.1' || hostname === 'localhost');
  return { [oauth.allowInsecureRequests]: isLocal };
};
