import { encode } from "uqr";
import { type Html, html } from "./html.ts";

/** Light squares around, which scanners look for. */
const border = 4;

/** A text as a QR code, drawn by one path of squares: neither script nor style, which the pages' policy would not let in. */
export function qrCode(text: string, label: string): Html {
  const { data, size } = encode(text, { ecc: "M", border });
  const squares = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
  return html`<svg class="qr" viewBox="0 0 ${String(size)} ${String(size)}" role="img" aria-label="${label}">
    <rect width="100%" height="100%" fill="#ffffff" />
    <path d="${squares.join("")}" fill="#000000" shape-rendering="crispEdges" />
  </svg>`;
}
