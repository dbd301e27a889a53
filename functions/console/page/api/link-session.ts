import type { Session } from './session.ts';
import { createStore } from './store.ts';

const KEY = 'tierferry.token';
const CHANNEL = 'tierferry.token';
/** Time for another tab of this console to answer, in ms. */
const ANSWER_MS = 250;

/** Returns the token of a printed link; undefined if there is none in the text. */
export const tokenIn = (text: string): string | undefined =>
  /(?:^|[#&])token=([\w.~+/-]+=*)/.exec(text)?.[1] ?? /^[\w-]{20,}$/.exec(text.trim())?.[0];

/**
 * The session of a console on loopback. Its token comes from the printed link. The tab stores it, so that a reload does
 * not lose it, and gives it to other tabs of the same console that ask for it.
 */
export const linkSession = (): Session => {
  const state = createStore<ReturnType<Session['state']['get']>>({ kind: 'starting' });
  let token: string | undefined;
  const refusedTokens = new Set<string>();
  let waiting: ((token: string) => void)[] = [];
  const channel = new BroadcastChannel(CHANNEL);

  const accept = (given: string) => {
    token = given;
    sessionStorage.setItem(KEY, given);
    state.set({ kind: 'signedIn' });
    for (const resolve of waiting) resolve(given);
    waiting = [];
  };
  /** Takes a token that other tabs may lack, and sends it to them. */
  const acceptForAll = (given: string) => {
    accept(given);
    channel.postMessage({ token: given });
  };
  channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (data === 'ask') {
      if (token !== undefined) channel.postMessage({ token });
      return;
    }
    const given = typeof data === 'object' && data !== null && 'token' in data ? data.token : undefined;
    // another tab may not know yet that its token is that of an earlier start
    if (token === undefined && typeof given === 'string' && !refusedTokens.has(given)) accept(given);
  });
  const ask = (isFirst: boolean) => {
    channel.postMessage('ask');
    setTimeout(() => {
      if (token === undefined) state.set({ kind: 'ended', by: 'link', isFirst });
    }, ANSWER_MS);
  };

  const inLink = tokenIn(location.hash);
  // the token must not stay in the address bar, from which it would be copied with a link
  if (inLink !== undefined) history.replaceState(null, '', `${location.pathname}${location.search}`);
  const kept = sessionStorage.getItem(KEY);
  if (inLink !== undefined) acceptForAll(inLink);
  else if (kept !== null) accept(kept);
  else ask(true);

  return {
    state,
    token: () =>
      token === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(token),
    refuse: (refused) => {
      if (refused !== token) return;
      token = undefined;
      refusedTokens.add(refused);
      sessionStorage.removeItem(KEY);
      ask(false);
    },
    enter: (link) => {
      const entered = tokenIn(link);
      if (entered !== undefined) acceptForAll(entered);
      return entered !== undefined;
    },
  };
};
