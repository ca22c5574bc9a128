/** Styles are made in the browser: the server's policy lets in those with the nonce of this very page. */
export const nonce = document.querySelector<HTMLMetaElement>('meta[name="kaimen-style-nonce"]')?.nonce ?? "";

/** A few styles of the components (the lock of the page behind a dialog) are made without being asked for the nonce. */
const createElement = document.createElement.bind(document);
document.createElement = (name: string, options?: ElementCreationOptions): HTMLElement => {
  const element = createElement(name, options);
  if (element instanceof HTMLStyleElement) element.nonce = nonce;
  return element;
};
