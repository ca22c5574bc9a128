import type { Socket } from "node:net";

/** What became of bytes that are no HTTP request, by Node's name for it. Any other is a bad request. */
const answers: Readonly<Record<string, { readonly status: string; readonly code: number; readonly message: string }>> =
  {
    ERR_HTTP_REQUEST_TIMEOUT: { status: "Request Timeout", code: 408, message: "Client Timeout" },
    HPE_HEADER_OVERFLOW: {
      status: "Request Header Fields Too Large",
      code: 431,
      message: "Exceeded maximum allowed HTTP header size",
    },
  };
const badRequest = { status: "Bad Request", code: 400, message: "Client Error" };

/**
 * Answers what Node could not read as a request, and ends the connection. No route has seen it, so the headers that make
 * it no page are written here.
 */
export function answerBrokenRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  const { status, code, message } = answers[error.code ?? ""] ?? badRequest;
  const body = JSON.stringify({ error: status, message, statusCode: code });
  if (socket.writable) {
    const head = [
      `HTTP/1.1 ${code} ${status}`,
      `Content-Length: ${body.length}`,
      "Content-Type: application/json",
      "X-Content-Type-Options: nosniff",
      "Connection: close",
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  }
  socket.destroy(error);
}
