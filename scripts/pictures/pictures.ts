import { cutover } from './cutover.ts';
import { dataPath } from './data-path.ts';
import { drawDiagram } from './diagram.ts';

/** The drawn pictures of `docs/pictures`, by file name. `watch.svg` is not drawn but taken from a real run. */
export const pictures: Readonly<Record<string, string>> = {
  'data-path.svg': drawDiagram(dataPath),
  'cutover.svg': drawDiagram(cutover),
};
