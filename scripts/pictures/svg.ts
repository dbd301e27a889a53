/** Builders for SVG elements and files. A picture has a background of its own, so that it is readable on any page. */

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Returns an element. `content` is markup; escape text with {@link escaped}. */
export const element = (name: string, attributes: Attributes, content = ''): string => {
  const given = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escaped(String(value))}"`)
    .join('');
  return content === '' ? `<${name}${given}/>` : `<${name}${given}>${content}</${name}>`;
};

export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Text for readers who cannot see the picture. */
  readonly title: string;
  readonly background: string;
  readonly border: string;
  readonly font: string;
  readonly content: readonly string[];
}

/** Returns a complete SVG file: the content on a card with round corners. */
export const svg = ({ width, height, title, background, border, font, content }: Picture): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="${escaped(font)}">`,
    element('title', {}, escaped(title)),
    element('rect', {
      x: 0.5,
      y: 0.5,
      width: width - 1,
      height: height - 1,
      rx: 10,
      fill: background,
      stroke: border,
    }),
    ...content,
    '</svg>',
    '',
  ].join('\n');
