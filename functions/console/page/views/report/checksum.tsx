const SHOWN = 12;

/** A checksum: its beginning on the screen, and all of it on paper and for a pointer that rests on it. */
export const Checksum = ({ value }: { readonly value: string }) => (
  <code className="checksum" title={value}>
    <span className="checksum-short">
      {value.slice(0, SHOWN)}
      {value.length > SHOWN && '…'}
    </span>
    <span className="checksum-whole">{value}</span>
  </code>
);
