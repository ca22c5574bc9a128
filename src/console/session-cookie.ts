import type { FastifyReply } from "fastify";
import { sessionLives } from "../accounts/sessions.ts";
import { cookieNames } from "./caller.ts";

/** How cookies of this site are set: no script reads them, and no page of another site makes a browser send them. */
export function cookieOptions({ request }: FastifyReply) {
  const secure = request.protocol === "https" ? { secure: true } : {};
  return { path: "/", httpOnly: true, sameSite: "strict", ...secure } as const;
}

/** Gives the browser a session, in place of any other that it has: one browser is one caller at a time. */
export function setSessionCookie(reply: FastifyReply, kind: keyof typeof cookieNames, secret: string): void {
  const other = kind === "operator" ? "merchant" : "operator";
  void reply.clearCookie(cookieNames[other], { path: "/" });
  void reply.setCookie(cookieNames[kind], secret, { ...cookieOptions(reply), maxAge: sessionLives[kind].lifeS });
}
