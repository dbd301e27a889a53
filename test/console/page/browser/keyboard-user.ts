import type { ElementHandle, Locator, Page } from 'playwright-core';

/** Stops of the Tab key after which an element counts as unreachable. */
const MOST_STOPS = 100;

/** A user who has only a keyboard, and has to see where the focus is. */
export interface KeyboardUser {
  /** Presses Tab until the focus is on the target or within it. @throws Error if it does not get there */
  tabTo(target: Locator): Promise<void>;
  /** Presses a key until the condition holds. @throws Error if it never does */
  pressUntil(key: string, isThere: () => Promise<boolean>): Promise<void>;
  press(key: string): Promise<void>;
  type(text: string): Promise<void>;
  /** Elements that had the focus and did not look different from when they had not. */
  readonly unseen: readonly string[];
}

export const keyboardUser = (page: Page): KeyboardUser => {
  const unseen: string[] = [];
  const press = (key: string) => page.keyboard.press(key);
  const pressUntil = async (key: string, isThere: () => Promise<boolean>) => {
    for (let n = 0; n < MOST_STOPS; n += 1) {
      if (await isThere()) return;
      const focused = await focusedElement(page);
      const before = focused && (await appearanceOf(focused));
      await press(key);
      if (!focused) continue;
      const after = await appearanceOf(focused);
      if (!(await isFocused(focused)) && before !== undefined && before === after)
        unseen.push(await focused.evaluate((element) => element.outerHTML.slice(0, 200)));
      await focused.dispose();
    }
    throw new Error(`${MOST_STOPS} presses of ${key} did not lead there`);
  };
  return {
    ...{ press, pressUntil, unseen },
    type: (text) => page.keyboard.type(text),
    tabTo: (target) =>
      pressUntil('Tab', () =>
        target
          .evaluate((element) => element.contains(document.activeElement))
          .catch((error: unknown) => {
            throw new Error(`cannot reach ${target}`, { cause: error });
          }),
      ),
  };
};

/** Returns the element with the focus; undefined for the page itself and for a heading, which no key reaches. */
const focusedElement = async (page: Page): Promise<ElementHandle<Element> | undefined> => {
  const handle = await page.evaluateHandle(() => document.activeElement);
  const element = handle.asElement();
  const isReachable = await element?.evaluate((one) => one.matches(':not(body, [tabindex="-1"])'));
  return isReachable ? (element ?? undefined) : undefined;
};

const isFocused = (element: ElementHandle<Element>): Promise<boolean> =>
  element.evaluate((one) => one === document.activeElement);

/**
 * Returns everything by which a focus may be drawn on the element or beside it: a component may draw it on a neighbour or a
 * pseudo-element. Undefined if the element has left the page.
 */
const appearanceOf = (element: ElementHandle<Element>): Promise<string | undefined> =>
  element.evaluate((one) => {
    if (!one.isConnected) return undefined;
    const around = one.parentElement?.parentElement ?? one;
    return [around, ...around.querySelectorAll('*')]
      .slice(0, 60)
      .concat(one)
      .flatMap((near) => [null, '::before', '::after'].map((pseudo) => getComputedStyle(near, pseudo)))
      .map(({ outline, boxShadow, borderColor, backgroundColor, opacity, visibility }) =>
        [outline, boxShadow, borderColor, backgroundColor, opacity, visibility].join(),
      )
      .join('; ');
  });
