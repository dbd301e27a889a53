import { useEffect, useState } from 'react';
import { flushSync } from 'react-dom';

/** Runs one function before the browser prints, and another one after it. */
const aroundPrinting = (begin: () => void, end: () => void): (() => void) => {
  window.addEventListener('beforeprint', begin);
  window.addEventListener('afterprint', end);
  return () => {
    window.removeEventListener('beforeprint', begin);
    window.removeEventListener('afterprint', end);
  };
};

/** True while the browser prints: a list that is cut into pages is shown whole then. */
export const usePrinting = (): boolean => {
  const [isPrinting, setIsPrinting] = useState(false);
  useEffect(() => {
    // the browser takes the page as it is when the handler returns
    const begin = () => flushSync(() => setIsPrinting(true));
    return aroundPrinting(begin, () => setIsPrinting(false));
  }, []);
  return isPrinting;
};

const DARK = 'awsui-dark-mode';

/** Prints dark text on white paper, whatever the theme. */
export const useLightPaper = (): void => {
  useEffect(() => {
    let wasDark = false;
    const { classList } = document.body;
    return aroundPrinting(
      () => {
        wasDark = classList.contains(DARK);
        classList.remove(DARK);
      },
      () => classList.toggle(DARK, wasDark),
    );
  }, []);
};
