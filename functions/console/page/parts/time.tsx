import { useNow } from './clock.ts';
import { duration, ticking } from './formats.ts';
import { once } from './once.ts';
import { useTimeZone } from './time-zone.ts';

const formatOf = (parts: Intl.DateTimeFormatOptions) => once(() => new Intl.DateTimeFormat(undefined, parts));
const sameYear = formatOf({
  ...{ month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit', second: '2-digit' },
});
const anyYear = formatOf({
  ...{ year: 'numeric', month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' },
});

/** `2026-03-04 05:06:07 UTC` */
export const utc = (at: string): string => `${at.slice(0, 19).replace('T', ' ')} UTC`;

/** A time in the viewer's zone, with UTC for a pointer that rests on it; in UTC if the viewer has chosen that. */
export const Time = ({ at }: { readonly at: string }) => {
  const zone = useTimeZone();
  const date = new Date(at);
  const format = date.getFullYear() === new Date().getFullYear() ? sameYear : anyYear;
  return (
    <time dateTime={at} title={utc(at)}>
      {zone === 'utc' ? utc(at) : format().format(date)}
    </time>
  );
};

/** Time since a moment: `3 min 05 s ago`. */
export const Ago = ({ at }: { readonly at: string }) => {
  const ms = useNow() - Date.parse(at);
  return (
    <time dateTime={at} title={utc(at)}>
      {ms < 1_500 ? 'just now' : `${ticking(ms)} ago`}
    </time>
  );
};

/** Time until a moment: `2 h 07 min`; `now` once it has come. */
export const Countdown = ({ until }: { readonly until: string }) => {
  const left = Date.parse(until) - useNow();
  return (
    <time dateTime={until} title={utc(until)}>
      {left <= 0 ? 'now' : ticking(left)}
    </time>
  );
};

/** Time between two moments, or since the first one. */
export const Elapsed = ({ from, to }: { readonly from: string; readonly to?: string | undefined }) =>
  to === undefined ? <Running from={from} /> : duration(Date.parse(to) - Date.parse(from));

const Running = ({ from }: { readonly from: string }) => ticking(useNow() - Date.parse(from));
