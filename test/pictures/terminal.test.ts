import { expect, test } from 'vitest';
import { drawTerminal } from '../../scripts/pictures/terminal.ts';

const ESCAPE = String.fromCharCode(27);

test('a terminal is drawn in its final state: lines drawn over, colours, bars as areas', () => {
  const written = [
    'copied 10 %\n',
    `${ESCAPE}[1A${ESCAPE}[1G${ESCAPE}[K`,
    `${ESCAPE}[32m✔${ESCAPE}[39m a < b ██${ESCAPE}[2m░░${ESCAPE}[22m\n\n\n\nend\n\n`,
  ].join('');
  const svg = drawTerminal('a run', [{ caption: 'then', written }]);
  expect(svg).not.toContain('copied');
  expect(svg).toContain('<title>a run</title>');
  expect(svg).toMatch(/fill="#7ee787"[^>]*>✔<\/text>/);
  expect(svg).toContain('>a &lt; b</text>');
  expect([...svg.matchAll(/<rect [^>]*fill-opacity="([\d.]+)"/g)].map(([, opacity]) => opacity)).toEqual([
    '1',
    '0.25',
  ]);
  // the caption, two lines, and one empty line between them
  expect(svg).toMatch(/^<svg [^>]*height="116"/);
});
