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
 * The session of a console on loopback. Its token comes from the printed link. It is kept for this tab, so that a reload does
 * not lose it, and given to other tabs of the same console that ask for it.
 */
export const linkSession = (): Session => {
  const state = createStore<ReturnType<Session['state']['get']>>({ kind: 'starting' });
  let token: string | undefined;
  let waiting: ((token: string) => void)[] = [];
  const channel = new BroadcastChannel(CHANNEL);

  const accept = (given: string) => {
    token = given;
    sessionStorage.setItem(KEY, given);
    state.set({ kind: 'signedIn' });
    for (const resolve of waiting) resolve(given);
    waiting = [];
  };
  channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (data === 'ask') {
      if (token !== undefined) channel.postMessage({ token });
      return;
    }
    const given = typeof data === 'object' && data !== null && 'token' in data ? data.token : undefined;
    if (token === undefined && typeof given === 'string') accept(given);
  });
  const ask = () => {
    channel.postMessage('ask');
    setTimeout(() => {
      if (token === undefined) state.set({ kind: 'ended', by: 'link', isFirst: true });
    }, ANSWER_MS);
  };

  const inLink = tokenIn(location.hash);
  // the token must not stay in the address bar, from which it would be copied with a link
  if (inLink !== undefined) history.replaceState(null, '', `${location.pathname}${location.search}`);
  const given = inLink ?? sessionStorage.getItem(KEY) ?? undefined;
  if (given === undefined) ask();
  else accept(given);

  return {
    state,
    token: () =>
      token === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(token),
    refuse: (refused) => {
      if (refused !== token) return;
      token = undefined;
      sessionStorage.removeItem(KEY);
      state.set({ kind: 'ended', by: 'link', isFirst: false });
    },
    enter: (link) => {
      const entered = tokenIn(link);
      if (entered !== undefined) accept(entered);
      return entered !== undefined;
    },
  };
};
