/** Saves a document as a file of the browser. */
export const download = (name: string, document_: unknown): void => {
  const url = URL.createObjectURL(
    new Blob([`${JSON.stringify(document_, undefined, 2)}\n`], { type: 'application/json' }),
  );
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // the browser has taken the content by the next task
  setTimeout(() => URL.revokeObjectURL(url), 0);
};
