/** Time for which the focus is watched after a dialog was closed, in ms: its button leaves with the next answer of the server. */
const WATCHED_MS = 5_000;

/**
 * Moves the focus to the heading of the view if the button that opened a dialog leaves the page after the dialog was closed.
 * Otherwise the keyboard would begin again at the top of the page, and a screen reader would say nothing.
 */
export const keepFocusInView = (): void => {
  const content = document.getElementById('content');
  if (!content) return;
  const check = () => {
    if (document.activeElement !== null && document.activeElement !== document.body) return;
    const heading = content.querySelector<HTMLElement>('h1') ?? content;
    heading.setAttribute('tabindex', '-1');
    heading.focus({ preventScroll: true });
  };
  const observer = new MutationObserver(check);
  observer.observe(content, { subtree: true, childList: true });
  const stop = () => observer.disconnect();
  // a click on an empty place takes the focus away on purpose
  document.addEventListener('pointerdown', stop, { once: true });
  setTimeout(stop, WATCHED_MS);
};
